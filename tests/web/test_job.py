import signal
import threading
import time

import pytest
from tests.shop_task import SHOP

from mollia.exit_codes import INTERRUPTED
from mollia.web.job import Jobs
from mollia_benchmarks.loopback import LoopbackServer, Reply


@pytest.fixture
def in_the_background():
    """Ctrl+C is ignored, as in what a shell has started in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_command_that_has_ended_has_said_all_it_says(tmp_path, monkeypatch):
    """The page asks no more once a command has ended: what it wrote last must be there, however late it is read."""
    read = Jobs._read

    def late(jobs, process):
        process.wait()
        time.sleep(0.2)
        read(jobs, process)

    monkeypatch.setattr(Jobs, "_read", late)
    jobs = Jobs(tmp_path / "task.toml")  # which is missing
    assert jobs.start("run")
    while (state := jobs.state()).running:
        time.sleep(0.01)
    jobs.close()
    assert state.code == 2
    assert [line.partition(" ")[0] for line in state.lines] == ["mollia:", "This"], state.lines


@pytest.mark.usefixtures("in_the_background")
def test_stop_ends_a_command_of_a_page_that_was_started_in_the_background(tmp_path):
    asked, let_go = threading.Event(), threading.Event()

    def server(request):
        if request.path == "/v1/models":
            return Reply(body={"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 2048}]})
        asked.set()
        return Reply(status=500, until=let_go)

    (tmp_path / "shop.csv").write_text("text\none\ntwo\n", "utf-8")
    with LoopbackServer(server) as loopback:
        (tmp_path / "task.toml").write_text(SHOP.format(url=loopback.url), "utf-8")
        jobs = Jobs(tmp_path / "task.toml")
        assert jobs.start("run")
        assert asked.wait(100)
        jobs.stop()
        let_go.set()
        end = time.monotonic() + 60
        while jobs.state().running and time.monotonic() < end:
            time.sleep(0.05)
        state = jobs.state()
        jobs.close()
    assert state.code == INTERRUPTED, state.lines
