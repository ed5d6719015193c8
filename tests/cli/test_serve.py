"""`mollia serve` as a person starts and stops it."""

import re
import signal
import subprocess
import sys

import httpx2
import pytest

TASK = """
name = "two"
instruction = "Which?"
[data]
path = "texts.csv"
[[classes]]
name = "a"
[[classes]]
name = "b"
[[panel]]
name = "one"
kind = "recorded"
path = "texts.csv"
"""


@pytest.fixture
def task(tmp_path):
    (tmp_path / "texts.csv").write_text("text,one\n" + "".join(f"text {i},a\n" for i in range(9)))
    (tmp_path / "task.toml").write_text(TASK)
    return tmp_path / "task.toml"


def start(task, *options):
    return subprocess.Popen(
        [sys.executable, "-m", "mollia", "serve", task, "--no-browser", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=task.parent,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl+C cannot be sent there")
def test_serve_prints_the_start_url_and_ends_quietly_on_ctrl_c(task):
    with start(task, "--port", "0", "--goal", "5") as process:
        url = re.fullmatch(r"Open (http://127\.0\.0\.1:\d+/\?token=\S{20,})\n", process.stdout.readline())[1]
        assert "stays on this machine" in process.stdout.readline()
        with httpx2.Client(follow_redirects=True) as client:
            assert "Who is labelling?" in client.get(url).text
            with client.stream("GET", url.split("?")[0] + "events") as dashboard:
                next(dashboard.iter_lines())
                process.send_signal(signal.SIGINT)  # an open dashboard does not hold it up
                out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "", "")
    assert (task.parent / "task_out" / "ledger.sqlite").exists()


def test_a_port_in_use_is_said_in_two_lines(task):
    with start(task, "--port", "0") as first:
        port = re.search(r":(\d+)/", first.stdout.readline())[1]
        with start(task, "--port", port) as second:
            out, err = second.communicate(timeout=20)
        first.terminate()
        first.communicate(timeout=20)
    assert second.returncode == 2
    assert out == ""
    assert err.splitlines() == [
        f"mollia: Port {port} of this machine cannot be used: Address already in use.",
        "Choose another with --port, or --port 0 for any free one.",
    ]
