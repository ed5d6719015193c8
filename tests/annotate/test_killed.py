import os
import random
import signal
import subprocess
import sys
import threading

import pytest

from mollia.ledger.sqlite_store import open_store
from mollia_benchmarks.loopback import Reply, chat_reply

from .conftest import text_in

# Asks 500 questions as a run does. It forks a run for each line it reads, so that imports are paid for once.
RUN = """
import os, sys
from mollia.annotate.ask_panel import ask_panel
from mollia.annotate.openai_server import OpenAIServer
from mollia.annotate.prompt import make_questions
from mollia.annotate.retry import Endpoint
from mollia.ledger.sqlite_store import open_store

path, url = sys.argv[1:]
texts = [f"text {i}" for i in range(500)]
questions = make_questions(texts, texts, instruction="Which?", classes=["Refund", "Delivery"])
for line in sys.stdin:
    run = os.fork()
    if run == 0:
        with open_store(path) as store:
            print(ask_panel(questions, [OpenAIServer(Endpoint(llm="gemma", urls=[url]), model="m")], store).asked, flush=True)
        os._exit(0)
    print(run, flush=True)
    os.waitpid(run, 0)
    print("ended", flush=True)
"""
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks")


class Runs:
    """Starts runs and kills them."""

    def __init__(self, path, server):
        words = [sys.executable, "-c", RUN, path, server.url]
        self._parent = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def start(self):
        self._parent.stdin.write("go\n")
        self._parent.stdin.flush()
        return int(self._parent.stdout.readline())

    def said(self):
        """What the run says until it has ended."""
        return list(iter(self._parent.stdout.readline, "ended\n"))

    def close(self):
        self._parent.communicate()


class Server:
    """Gives every text its own probabilities; calls `gate` with the number of answers given."""

    def __init__(self):
        self.given = 0
        self.gate = lambda _number: None

    def __call__(self, request):
        if request.path == "/v1/models":
            return Reply(body={"data": [{"id": "m", "owned_by": "vllm"}]})
        p = int(text_in(request).split()[1]) / 1000 + 0.1
        self.given += 1
        self.gate(self.given)
        return Reply(body=chat_reply(["Refund"], top={"Refund": p, "Delivery": 0.9 - p}))


def table(path):
    with open_store(path) as store:
        return sorted(
            (a.key, a.llm, a.text_id, a.label_logprobs.tolist(), a.unseen_mass) for a in store.all_answers()
        )


def test_a_run_killed_at_twenty_points_ends_as_an_uninterrupted_one_case_o6(serve, tmp_path):
    handler = Server()
    server, path = serve(handler), tmp_path / "ledger.sqlite"
    whole = Runs(tmp_path / "whole.sqlite", server)
    whole.start()
    assert whole.said() == ["500\n"]
    whole.close()

    runs, kept = Runs(path, server), 0
    for _ in range(20):  # each run is killed after a random number of answers
        reached, last = threading.Event(), handler.given + random.randint(1, 40)  # noqa: S311  # any point will do

        def gate(number, reached=reached, last=last):
            if number >= last:
                reached.set()

        handler.gate = gate
        run = runs.start()
        assert reached.wait(60)
        os.kill(run, signal.SIGKILL)
        runs.said()
        stored = len(table(path))
        assert stored >= kept, "what was stored stays stored"
        kept = stored
    before = handler.given
    runs.start()
    assert runs.said() == [f"{500 - kept}\n"]
    runs.close()
    assert handler.given - before == 500 - kept, "each missing question is asked exactly once"
    assert table(path) == table(tmp_path / "whole.sqlite")
