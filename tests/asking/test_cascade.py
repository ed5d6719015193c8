"""A live panel behind a real loopback server, asked in a cascade: what is counted is what the server received."""

import json
import os
import signal
import subprocess
import sys
import threading
import zlib

import numpy as np
import pytest

from mollia.asking.ask_task import ask_task
from mollia.errors import AnswerRefused, TaskError
from mollia.ledger.sqlite_store import open_store
from mollia.loop.outputs import summary_of
from mollia.loop.run import run
from mollia.task.load import load_task
from mollia_benchmarks.loopback import LoopbackServer, Reply, chat_reply

CLASSES = ["refund", "delivery"]
RIGHT = {"good": 0.95, "fair": 0.9, "weak": 0.8, "poor": 0.7}
N, SEED = 200, 30
WORDS = {"refund": ["money back", "paid twice"], "delivery": ["late parcel", "lost in transit"]}
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills")

ASK = """
import sys
from mollia.asking.ask_task import ask_task
from mollia.task.load import load_task
print(ask_task(load_task(sys.argv[1])).result.asked)
"""


def true_class(text):
    return CLASSES[int(text.split()[-1]) % 2]


class Panel:
    """Answers by text and model, always the same; remembers each (model, text) it was asked."""

    def __init__(self):
        self.asked, self.refused, self.turn = [], set(), threading.Lock()
        self.gate = lambda _number: None

    def __call__(self, request):
        if request.path == "/v1/models":
            return Reply(body={"data": [{"id": name, "owned_by": "vllm"} for name in RIGHT]})
        if request.path != "/v1/chat/completions":
            return Reply(status=404)
        model = request.body["model"]
        if model in self.refused:
            return Reply(status=401, body={"error": {"message": "no such key"}})
        text = request.body["messages"][-1]["content"].removeprefix("Text: ").removesuffix("\nClass:")
        with self.turn:
            self.asked.append((model, text))
            self.gate(len(self.asked))
        luck = zlib.crc32(f"{model} {text}".encode()) / 2**32
        said = true_class(text) if luck < RIGHT[model] else CLASSES[1 - CLASSES.index(true_class(text))]
        p = 0.95 if said == "refund" else 0.04
        return Reply(body=chat_reply([said], top={"refund": p, "delivery": 0.99 - p}))


@pytest.fixture
def panel():
    handler = Panel()
    with LoopbackServer(handler) as server:
        server.keep = False
        handler.url = server.url
        yield handler


@pytest.fixture
def write(tmp_path, panel):
    """Write texts, seed and a task to a folder of its own."""

    def build(name="task", *, run="cascade = true", more=""):
        folder = tmp_path / name
        folder.mkdir()
        rng = np.random.default_rng(0)
        texts = [f"{rng.choice(WORDS[CLASSES[i % 2]])} please {rng.integers(9)} {i}" for i in range(N)]
        (folder / "texts.csv").write_text("\n".join(["id,text", *(f"{i},{t}" for i, t in enumerate(texts))]))
        seed = [f"{i},{true_class(texts[i])}" for i in rng.permutation(N)[:SEED]]
        (folder / "seed.csv").write_text("\n".join(["id,label", *seed]))
        lines = ['name = "shop"', 'instruction = "Which?"', '[data]\npath = "texts.csv"']
        lines += [f'[[classes]]\nname = "{each}"' for each in CLASSES]
        lines += ['[seed]\npath = "seed.csv"', "[query]\nrounds = 1"]
        lines += [
            f'[[panel]]\nname = "{llm}"\nkind = "openai"\nmodel = "{llm}"\nurl = "{panel.url}"\nconcurrency = 4\nprice_in = 1.0'
            for llm in RIGHT
        ]
        (folder / "task.toml").write_text("\n".join([*lines, more, f"[run]\n{run}\n"]))
        return folder / "task.toml"

    return build


def in_ledger(task):
    with open_store(load_task(task).run.out / "ledger.sqlite", read_only=True) as store:
        return sorted((answer.llm, answer.text_id) for answer in store.all_answers())


def test_a_cascade_asks_less_labels_as_well_and_the_ledger_holds_what_was_asked(write, panel):
    whole = run(load_task(write("whole", run="")))
    assert len(panel.asked) == 4 * N
    panel.asked.clear()
    task = write()
    result = run(load_task(task))
    assert len(panel.asked) == len(set(panel.asked)) < 0.85 * 4 * N
    assert len(in_ledger(task)) == len(panel.asked) == result.panel.asked.sum()
    assert result.not_asked == 4 * N - len(panel.asked) == summary_of(result)["not_asked"]
    assert whole.not_asked == 0
    assert summary_of(result)["cascade_loses_at_most"] == result.cascade_at_most <= 0.01
    assert whole.cascade_at_most is None
    assert result.panel.asked[result.fused.human].all()
    gold = np.array([CLASSES.index(true_class(text)) for text in result.pool.texts])
    right = [float((each.fused.label == gold).mean()) for each in (whole, result)]
    assert right[1] > right[0] - 0.02
    count = len(panel.asked)
    run(load_task(task))
    assert len(panel.asked) == count, "a second run asks nothing"


def test_a_killed_cascade_goes_on_and_ends_as_an_uninterrupted_one(write, panel):
    whole = write("whole")
    ask_task(load_task(whole))
    expected = sorted(panel.asked)
    panel.asked.clear()
    task = write("killed")
    for last in (150, 530):  # in the pilot, and at a later stage
        reached = threading.Event()
        panel.gate = lambda number, last=last, reached=reached: reached.set() if number >= last else None
        child = subprocess.Popen(
            [sys.executable, "-c", ASK, str(task)], env={**os.environ, "OMP_NUM_THREADS": "1"}
        )
        assert reached.wait(120)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    panel.gate = lambda _number: None
    ask_task(load_task(task))
    assert sorted(set(panel.asked)) == expected
    assert len(panel.asked) - len(expected) <= 2 * 16, "only what was in flight is asked again"
    assert in_ledger(task) == in_ledger(whole)


def test_stages_and_order_are_noted_in_the_ledger(write):
    task = write()
    ask_task(load_task(task))
    with open_store(load_task(task).run.out / "ledger.sqlite", read_only=True) as store:
        noted = store.manifest()
    order, stages = noted["cascade order"]["order"], noted["cascade stages"]
    assert sorted(order) == sorted(RIGHT)
    turns = [llm for stage in stages for llm in stage["llms"]]
    assert turns == order[: len(turns)]
    assert len(stages[0]["llms"]) == 2
    assert stages[0]["asked"] == N - 100
    assert json.dumps(stages)
    assert 0 <= sum(stage["loss"] for stage in stages) <= noted["cascade loss at most"] <= 0.01


def test_an_llm_that_refuses_is_left_out_and_the_cascade_goes_on(write, panel):
    panel.refused = {"fair"}
    state = ask_task(load_task(write()))
    assert "fair" in state.result.stopped
    assert not state.panel.answers.asked[:, list(RIGHT).index("fair")].any()
    assert state.panel.answers.asked.any(1).all()
    panel.refused = set(RIGHT)
    with pytest.raises(AnswerRefused):
        ask_task(load_task(write("none")))


def test_a_budget_ends_a_cascade_as_partial_and_the_next_run_goes_on(write, panel):
    task = write(more="[budget]\ncalls = 450")
    state = ask_task(load_task(task))
    assert "calls is used up" in state.result.partial
    assert len(panel.asked) == 450
    task.write_text(task.read_text().replace("calls = 450", ""))
    assert ask_task(load_task(task)).result.partial == ""
    assert len(panel.asked) == len(set(panel.asked))


def test_without_enough_human_labels_everything_is_asked(write, panel):
    task = write()
    seed = task.parent / "seed.csv"
    seed.write_text("\n".join(seed.read_text().splitlines()[:20]))
    ask_task(load_task(task))
    assert len(panel.asked) == 4 * N


def test_a_cascade_over_batches_is_refused(write):
    with pytest.raises(TaskError, match=r"run\.cascade goes over all texts"):
        load_task(write(run='cascade = true\nask = "batches"'))
