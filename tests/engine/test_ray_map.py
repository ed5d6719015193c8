"""Batches on a real cluster: a node that dies costs what was not finished, and what can use a graphics card gets one."""

import os
import sys
import time
from collections import Counter

import numpy as np
import pytest
import ray

from mollia.encode import cached
from mollia.encode.cached import Cached
from mollia.engine import ray_cards
from mollia.errors import MolliaError
from mollia_benchmarks.job import Job
from mollia_benchmarks.protocol import Cell

from .conftest import NODE, until

ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # the nodes cannot import a test
LARGE = 40_000  # numbers of a result that a node keeps in its own memory until it is fetched; Ray sends small ones at once


class Telling:
    """Makes a large result of a number; writes down where, and how many cards its process has.

    With `workers`, each of so many processes makes one of the first numbers, and then waits in its second until it may go on.
    """

    def __init__(self, folder, *, workers=0, dies_at=-1):
        self.log, self.gate = folder / "begun", folder / "go"
        self.workers, self.dies_at = workers, dies_at

    def __call__(self, number):
        context = ray.get_runtime_context()
        lent = len(context.get_accelerator_ids()["GPU"])
        with self.log.open("a", encoding="utf-8") as file:
            file.write(f"{number} {os.getpid()} {context.get_node_id()} {lent}\n")
        if number == self.dies_at:
            os._exit(1)
        if self.workers:
            while len(self.begun()) < self.workers or (number >= self.workers and not self.gate.exists()):
                time.sleep(0.02)
        return np.full(LARGE, float(number))

    def begun(self):
        """What was begun so far: number, process, node, cards."""
        lines = self.log.read_text("utf-8").splitlines() if self.log.exists() else []
        return [(int(number), *where) for number, *where in map(str.split, lines)]


def kill_node(cluster, node_id):
    node = next(each for each in cluster.list_all_nodes() if each.node_id == node_id)
    cluster.remove_node(node, allow_graceful=False)


def numbers(found):
    return [(kept, result[0], len(result)) for kept, result in found]


def expected(n):
    return [(i, float(i), LARGE) for i in range(n)]


def test_what_was_finished_when_its_node_died_is_not_done_again(cluster, engine, tmp_path):
    work = Telling(tmp_path, workers=3)
    found = engine.map(work, ((i, i) for i in range(9)), helpers=0)
    got = [next(found)]
    until(lambda: len(work.begun()) == 6)  # three are finished, and three wait on the three nodes
    time.sleep(0.5)  # the caller asks for nothing meanwhile
    head = cluster.head_node.node_id
    node = next(node for number, _, node, _ in work.begun() if number in {1, 2} and node != head)
    (held,) = [number for number, _, where, _ in work.begun() if number >= 3 and where == node]
    kill_node(cluster, node)
    work.gate.touch()
    got += found
    cluster.add_node(**NODE)
    assert numbers(got) == expected(9)
    assert Counter(number for number, *_ in work.begun()) == {i: 1 + (i == held) for i in range(9)}


@pytest.fixture(scope="module")
def cards(cluster, engine):
    """Two more nodes, each said to have a graphics card."""
    next(engine.map(len, [(0, "joined")], helpers=0))
    nodes = [cluster.add_node(**NODE, num_gpus=1) for _ in range(2)]
    until(lambda: ray.cluster_resources().get("GPU") == 2)
    return {node.node_id for node in nodes}


def test_work_that_uses_no_card_is_lent_none(engine, cards, tmp_path):
    work = Telling(tmp_path)
    assert numbers(engine.map(work, ((i, i) for i in range(2)), helpers=0)) == expected(2)
    assert {lent for *_, lent in work.begun()} == {"0"}


def test_an_encoder_that_can_use_a_card_is_sent_to_one(engine, cards, minilm, monkeypatch, tmp_path):
    monkeypatch.setattr(cached, "CHUNK", 4)
    monkeypatch.setattr(type(minilm), "uses_card", True, raising=False)
    asked = []

    class Watched:
        def map(self, work, batches, /, **how):
            asked.append(how)
            return engine.map(work, batches, **how)

    texts = [f"late, number {i}" for i in range(10)]
    found = Cached(minilm, tmp_path / "there.sqlite", engine=Watched()).encode(texts)
    assert found.tobytes() == Cached(minilm, tmp_path / "here.sqlite").encode(texts).tobytes()
    assert [how["card"] for how in asked] == [True]


def lent(_cell, *, data):
    return {"cards": len(ray.get_runtime_context().get_accelerator_ids()["GPU"])}


def test_cells_of_a_benchmark_that_use_a_card_get_one(engine, cards, tmp_path):
    job = Job(sets=(), out=tmp_path, engine=engine, say=lambda _sentence: None)
    cells = [Cell(set="s", method="m", labels=0, draw=draw) for draw in range(2)]
    for card in (True, False):
        found = job.measure(cells, lent, f"cells-{card}", card=card)
        assert [scores["cards"] for scores in found.values()] == [card, card]


def test_what_kills_every_process_with_a_card_ends_the_work(engine, cards, tmp_path):
    work = Telling(tmp_path, dies_at=1)
    with pytest.raises(MolliaError, match="gave up a batch"):
        numbers(engine.map(work, ((i, i) for i in range(4)), helpers=0, card=True))
    assert Counter(number for number, *_ in work.begun())[1] == 3


def test_work_that_uses_a_card_has_one_per_process_and_a_node_costs_what_it_had_not_finished(
    cluster, engine, cards, tmp_path
):
    work = Telling(tmp_path, workers=2)
    found = engine.map(work, ((i, i) for i in range(8)), helpers=0, card=True)
    got = [next(found)]
    until(lambda: len(work.begun()) == 4)
    time.sleep(0.5)
    assert {(node, lent) for _, _, node, lent in work.begun()} == {(node, "1") for node in cards}
    assert len({process for _, process, *_ in work.begun()}) == 2, "a model is loaded once per card"
    node = next(node for number, _, node, _ in work.begun() if number == 1)
    (held,) = [number for number, _, where, _ in work.begun() if number >= 2 and where == node]
    kill_node(cluster, node)
    work.gate.touch()
    got += found
    assert numbers(got) == expected(8)
    assert Counter(number for number, *_ in work.begun()) == {i: 1 + (i == held) for i in range(8)}
    until(lambda: ray.available_resources().get("GPU") == 1)  # the one that is left is free again


class Broken(ray_cards.OnCard):
    """A process that ends as it starts."""

    def hello(self):
        os._exit(1)


def test_nodes_on_which_no_process_starts_end_the_work(engine, cards, tmp_path, monkeypatch):
    monkeypatch.setattr(ray_cards, "OnCard", Broken)
    with pytest.raises(MolliaError, match="gave up a batch"):
        numbers(engine.map(Telling(tmp_path), [(0, 0)], helpers=0, card=True))
