"""Ctrl+C: what was paid for is kept, what goes on is said, and no traceback is printed, whenever it comes."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading

import pytest
from tests.shop_task import SHOP

from mollia.ledger.sqlite_store import open_store
from mollia_benchmarks.loopback import LoopbackServer, Reply, chat_reply

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals as Unix has them")
TASK = (
    SHOP
    + """concurrency = 4
[run]
out = "out"
"""
)
ROWS, HELD = 60, 20  # the answers from the HELD-th on wait


class Shop:
    """A server that holds its answers back once it has given HELD of them."""

    def __init__(self):
        self.asked = []
        self.under_way = threading.Semaphore(0)
        self.let_go = threading.Event()

    def __call__(self, request):
        if request.path == "/v1/models":
            return Reply(body={"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 2048}]})
        if request.path != "/v1/chat/completions":
            return Reply(status=404)
        text = request.body["messages"][-1]["content"]
        self.asked.append(text)
        held = len(self.asked) > HELD
        if held:
            self.under_way.release()
        body = chat_reply(["refund"], top={"refund": 0.7, "delivery": 0.2})
        return Reply(body=body, until=self.let_go if held else None)


@pytest.fixture
def shop(tmp_path):
    handler = Shop()
    (tmp_path / "shop.csv").write_text("text\n" + "".join(f"text {i}\n" for i in range(ROWS)), "utf-8")
    with LoopbackServer(handler) as server:
        (tmp_path / "task.toml").write_text(TASK.format(url=server.url), "utf-8")
        yield handler
        handler.let_go.set()


@pytest.fixture
def started():
    """Returns a function that starts mollia in a folder; what still runs in the end is killed."""
    with contextlib.ExitStack() as ends:

        def start(folder, *words):
            words = [sys.executable, "-m", "mollia", *words]
            run = subprocess.Popen(
                words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            ends.enter_context(run)
            ends.callback(run.kill)
            return run

        yield start


def answers(folder):
    with open_store(folder / "out" / "ledger.sqlite", read_only=True) as store:
        return len(list(store.all_answers()))


def test_the_first_ctrl_c_waits_for_answers_under_way_and_says_how_to_go_on(shop, started, tmp_path):
    run = started(tmp_path, "annotate", "task.toml", "-q", "--json")
    for _ in range(4):  # all four requests wait at the server
        assert shop.under_way.acquire(timeout=200)
    asked = len(shop.asked)
    run.send_signal(signal.SIGINT)
    assert "4 answers under way" in run.stderr.readline()
    shop.let_go.set()
    said, error = run.communicate(timeout=200)
    assert run.returncode == 130
    assert "Traceback" not in error
    assert len(shop.asked) == asked == answers(tmp_path), "every question that was put has its answer stored"
    kept, again = error.splitlines()[-2:]
    assert (
        kept == f"Stopped. {asked} of {ROWS} answers are kept in out/ledger.sqlite; the same command goes on."
    )
    assert again.startswith("Go on with: ")
    assert again.endswith("annotate task.toml -q --json")
    end = json.loads(said)
    assert (end["exit_code"], end["error"], end["hint"]) == (130, kept, again)

    again = started(tmp_path, "annotate", "task.toml", "-q")
    said, error = again.communicate(timeout=200)
    assert again.returncode == 0, said + error
    # A new process looks at its server first; that question was answered, so it is put again to nobody's cost here.
    assert len(set(shop.asked)) >= ROWS
    assert answers(tmp_path) == ROWS
    assert len(shop.asked) <= ROWS + 2, "nothing that was answered is asked again"


def test_a_second_ctrl_c_ends_at_once_and_what_is_stored_stays(shop, started, tmp_path):
    run = started(tmp_path, "annotate", "task.toml", "-q")
    for _ in range(4):
        assert shop.under_way.acquire(timeout=200)
    run.send_signal(signal.SIGINT)
    assert "under way" in run.stderr.readline()
    run.send_signal(signal.SIGINT)
    _, error = run.communicate(timeout=200)  # while the server still holds its answers back
    assert run.returncode == 130
    assert "Traceback" not in error
    assert answers(tmp_path) == len(shop.asked) - 4


def test_a_command_that_asks_nobody_says_at_what_it_was_stopped(shop, started, tmp_path):
    answers = "".join(
        f"{i},text {i} about {i % 7},refund,{'refund' if i % 3 else 'delivery'}\n" for i in range(40_000)
    )
    (tmp_path / "panel.csv").write_text("id,text,gemma,llama\n" + answers, "utf-8")
    (tmp_path / "seed.csv").write_text(
        "id,label\n" + "".join(f"{i},{'refund' if i % 3 else 'delivery'}\n" for i in range(60)), "utf-8"
    )
    words = ["fuse", "panel.csv", "--labels", "refund,delivery", "--seed-labels", "seed.csv", "--json-lines"]
    run = started(tmp_path, *words)
    while (
        json.loads(run.stdout.readline())["event"] != "progress"
    ):  # a second after it began to fuse or check
        pass
    run.send_signal(signal.SIGINT)
    out, error = run.communicate(timeout=200)
    assert run.returncode == 130
    assert "Traceback" not in error
    stopped = error.splitlines()[-2]
    assert stopped.startswith("Stopped at: ")
    assert stopped.endswith("No file was left half-written.")
    assert json.loads(out.splitlines()[-1])["error"] == stopped
    assert not (tmp_path / "labels.csv").exists()


IMPORTS = """
import signal, sys
from mollia.cli import start

signal.signal(signal.SIGINT, start.interrupted)
import {}
"""


def test_ctrl_c_within_an_import_ends_without_a_traceback(tmp_path):
    (tmp_path / "slow.py").write_text(
        "import os, signal\ntry:\n    os.kill(os.getpid(), signal.SIGINT)\n    for _ in range(100): pass\n"
        "except BaseException as error:\n    raise ImportError('as a library may make of it') from error\n",
        "utf-8",
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])}
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS.format("slow")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (130, "Stopped.\n")


@pytest.mark.parametrize("library", ["typer", "numpy", "scipy.sparse"])
def test_ctrl_c_while_the_libraries_are_imported_prints_no_traceback(tmp_path, library):
    words = [sys.executable, "-X", "importtime", "-m", "mollia", "demo", "-q"]
    with subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as run:
        for line in run.stderr:
            if line.split("|")[-1].strip() == library:
                break
        run.send_signal(signal.SIGINT)
        error = run.stderr.read()
    assert run.returncode == 130
    assert "Traceback" not in error
    assert "Stopped." in error


def test_a_command_hardly_looks_for_garbage_while_it_imports():
    program = """
import atexit, gc, sys
from mollia.cli.start import main
atexit.register(lambda: print(sum(each["collections"] for each in gc.get_stats())))
sys.argv = ["mollia", "fuse", "missing.csv", "--labels", "late,lost"]
main()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "missing.csv" in done.stderr
    assert int(done.stdout.splitlines()[-1]) < 100, "with Python's own threshold there are hundreds"
