"""The cells of a benchmark on a real Ray cluster: the same figures, and only the command writes."""

import json
import os
import sys
import time
from pathlib import Path

import pytest
import ray
from typer.testing import CliRunner

from mollia.engine.ray_engine import Ray
from mollia.errors import MolliaError, ParameterError
from mollia_benchmarks.cli import app
from mollia_benchmarks.protocol import Cell, measure_all

ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # the nodes cannot import a test
CELLS = [Cell(set="s", method="m", labels=n, draw=d) for n in (0, 5) for d in range(3)]


@pytest.fixture(scope="module")
def engine():
    """A cluster of this machine alone."""
    made = Ray()
    yield made
    made.close()


def measured(cell):
    """Where a cell was measured."""
    return {"process": os.getpid(), "labels": cell.labels}


def test_a_stopped_benchmark_goes_on_where_it_was_and_what_was_measured_stays(engine, tmp_path):
    def stop(_cell, number, _of):
        if number == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_all(CELLS, measured, tmp_path, processes=1, engine=engine, done=stop)
    kept = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert len(kept) == 2
    found = measure_all(CELLS, measured, tmp_path, processes=1, engine=engine)
    assert {path: path.read_bytes() for path in kept} == kept
    assert {cell: scores["labels"] for cell, scores in found.items()} == {c: c.labels for c in CELLS}
    assert os.getpid() not in {scores["process"] for scores in found.values()}


class Waits:
    """Returns at once what it is given, except one word that it keeps until there is a file."""

    def __init__(self, file):
        self.file = file

    def __call__(self, word):
        while word == "long" and not self.file.exists():
            time.sleep(0.02)
        return word


def test_a_long_cell_does_not_hold_up_those_after_it(engine, tmp_path):
    found = engine.map(Waits(tmp_path / "go"), enumerate(["long", *["short"] * 20]), helpers=0, ordered=False)
    first = [next(found) for _ in range(20)]
    (tmp_path / "go").touch()
    assert [*sorted(first), *found] == [*((i, "short") for i in range(1, 21)), (0, "long")]


def dies(_word):
    os._exit(1)


def test_what_kills_every_process_ends_the_work_with_an_error(engine):
    with pytest.raises(MolliaError, match="gave up a batch") as found:
        list(engine.map(dies, [(0, "word")], helpers=0))
    assert "memory" in found.value.hint


@pytest.mark.parametrize(
    "words",
    [
        "fusion --labels 0,20 --methods vote,dawid_skene --draws 1",
        "coverage --labels 50 --resamples 5 --seed-resamples 0",
    ],
)
def test_the_command_gives_the_table_of_one_machine(engine, tmp_path, words):
    words = [*words.split(), "--sets", "policy_en"]
    here = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "here"), "--processes", "1"])
    there = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "there"), "--engine", "ray"])
    assert (here.exit_code, there.exit_code) == (0, 0), there.output
    assert there.stdout == here.stdout
    assert figures(tmp_path / "there") == figures(tmp_path / "here") != {}


def figures(out: Path):
    """All scores, without what a clock measured."""
    cells = {path.name: json.loads(path.read_text("utf-8")) for path in out.glob("cells*/*.json")}
    for cell in cells.values():
        cell["scores"].pop("seconds", None)
    return cells


def test_what_measures_on_this_machine_alone_says_so(tmp_path):
    words = ["fusion", "--learn", "--engine", "ray", "--out", str(tmp_path)]
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, ParameterError)
    assert "--learn" in str(result.exception)
