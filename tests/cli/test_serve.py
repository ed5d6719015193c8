"""`mollia serve` as a person starts and stops it."""

import re
import signal
import socket
import struct
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


def ended(process):
    process.terminate()
    process.communicate(timeout=20)


def test_tasks_with_the_same_token_file_have_the_same_start_address_and_a_file_of_something_else_is_refused(
    task, tmp_path
):
    other = tmp_path / "other"
    other.mkdir()
    for name in ("texts.csv", "task.toml"):
        (other / name).write_text((tmp_path / name).read_text())
    file = tmp_path / "mollia.token"
    with start(task, "--port", "0", "--token-file", file) as first:
        url = first.stdout.readline().split()[1]
        port = re.search(r":(\d+)/", url)[1]
        ended(first)
    with start(other / "task.toml", "--port", port, "--token-file", file) as second:
        assert second.stdout.readline().split()[1] == url
        with httpx2.Client(follow_redirects=True) as client:
            assert "Who is labelling?" in client.get(url).text
        ended(second)
    secret = file.read_text()
    assert secret not in url, "the address holds what is made of the secret"
    file.write_text("my password")
    with start(task, "--port", "0", "--token-file", file) as third:
        out, err = third.communicate(timeout=20)
    assert (third.returncode, out) == (2, "")
    assert err.splitlines() == [
        f"mollia: {file} cannot serve as a token file: it holds something else than a secret of mollia.",
        "Name a file that is not there yet, in a folder of yours: mollia makes it.",
    ]
    assert file.read_text() == "my password"


def hangs_up(port, request, *, after=0):
    """Send some of a request, read some of the answer, and cut the connection off."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
        raw.sendall(request)
        if after:
            raw.recv(after)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # at once, unread


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl+C cannot be sent there")
def test_a_client_that_hangs_up_leaves_no_word_and_the_server_goes_on(task):
    with start(task, "--port", "0", "--goal", "5") as process, httpx2.Client(follow_redirects=True) as client:
        url = process.stdout.readline().split()[1]
        origin, port = url.partition("/?")[0], int(re.search(r":(\d+)/", url)[1])
        page = client.get(url)
        key = page.text.split('"X-Mollia-Key": "')[1].split('"')[0]
        client.post(
            f"{origin}/name", data={"name": "kim"}, headers={"X-Mollia-Key": key, "Origin": origin}
        ).raise_for_status()
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        head = f"Host: 127.0.0.1:{port}\r\nOrigin: {origin}\r\nCookie: {cookie}\r\nX-Mollia-Key: {key}\r\n"
        form = f"POST /label HTTP/1.1\r\n{head}Content-Type: application/x-www-form-urlencoded\r\n"
        row = client.get(origin).text.split('name="row" value="')[1].split('"')[0]
        body = f"row={row}&y=1"
        for _ in range(5):
            hangs_up(port, b"")
            hangs_up(port, b"GET / HT")
            hangs_up(port, f"GET / HTTP/1.1\r\n{head[:40]}".encode())
            hangs_up(port, f"{form}Content-Length: 9\r\n\r\nrow".encode())
            hangs_up(port, f"{form}Transfer-Encoding: chunked\r\n\r\n3\r\nro".encode())
            for path in ("/", "/review", "/static/htmx.min.js", "/events", "/dashboard"):
                hangs_up(port, f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
                hangs_up(port, f"GET {path} HTTP/1.1\r\n{head}\r\n".encode(), after=10)
            assert client.get(origin).status_code == 200
        whole = f"{form}Content-Length: {len(body)}\r\n\r\n{body}".encode()
        hangs_up(port, whole, after=10)
        assert "1</b> of 5 labelled" in client.get(origin).text, "what was said before is kept"
        client.close()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
