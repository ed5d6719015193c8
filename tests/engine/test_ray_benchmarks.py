"""The cells of a benchmark on a real Ray cluster: the same figures, and only the command writes."""

import json
import os
import shutil
import sys
import time
from functools import partial
from pathlib import Path

import pytest
import ray
from typer.testing import CliRunner

from mollia.engine.ray_engine import Ray
from mollia.errors import MolliaError, ParameterError
from mollia_benchmarks import DATA
from mollia_benchmarks.cli import app
from mollia_benchmarks.grid import measure_all
from mollia_benchmarks.protocol import Cell

ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # the nodes cannot import a test
CELLS = [Cell(set="s", method="m", labels=n, draw=d) for n in (0, 5) for d in range(3)]


@pytest.fixture(scope="module")
def engine():
    """A cluster of this machine alone."""
    made = Ray()
    yield made
    made.close()


def there(engine):
    return partial(engine.map, helpers=0, ordered=False)


def measured(cell):
    """Where a cell was measured."""
    return {"process": os.getpid(), "labels": cell.labels}


def test_a_stopped_benchmark_goes_on_where_it_was_and_what_was_measured_stays(engine, tmp_path):
    def stop(_cell, number, _of):
        if number == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_all(CELLS, measured, tmp_path, mapped=there(engine), done=stop)
    kept = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert len(kept) == 2
    found = measure_all(CELLS, measured, tmp_path, mapped=there(engine))
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


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """A folder that holds one set under two names: each is the other's family."""
    folder = tmp_path_factory.mktemp("twins")
    about = json.loads((DATA / "labels.json").read_text("utf-8"))["small_llms"]
    (folder / "labels.json").write_text(json.dumps({"one": about, "other": about}), "utf-8")
    shutil.copy(DATA / about["pool"], folder)
    return folder


@pytest.mark.parametrize(
    "words",
    [
        "fusion --labels 0,20 --methods vote,dawid_skene --draws 1 --sets policy_en",
        "fusion --learn --labels 0 --draws 1 --sets arxiv_review,small_llms",
        "coverage --labels 50 --resamples 5 --seed-resamples 0 --sets policy_en",
        "paper --strategies random --annotators vote,ours --seeds 1 --rounds 1 --sets small_llms",
        "priors --labels 0 --draws 1 --sets all --data TWINS",
        "seed-figure --labels 20 --rows 80 --draws 1 --strategies random --sets political_inconsistency",
        "student --labels 20 --draws 1 --recipes soft --sets small_llms",
    ],
    ids=lambda words: " ".join(words.split()[:2]),
)
def test_the_command_gives_the_table_of_one_machine(engine, twins, tmp_path, words):
    words = words.replace("TWINS", str(twins)).split()
    here = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "here"), "--processes", "1"])
    there = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "there"), "--engine", "ray"])
    assert (here.exit_code, there.exit_code) == (0, 0), there.output
    assert there.stdout == here.stdout
    assert figures(tmp_path / "there") == figures(tmp_path / "here") != {}


def figures(out: Path):
    """All scores, without what a clock measured, and the content of all that cells have made."""
    cells = {path.name: json.loads(path.read_text("utf-8")) for path in out.glob("*cells*/*.json")}
    for cell in cells.values():
        cell["scores"].pop("seconds", None)
    made = {
        path.name: path.read_bytes() for name in ("labels", "lines", "past") for path in out.glob(f"{name}/*")
    }
    return cells | made


def test_what_measures_on_this_machine_alone_says_so(tmp_path):
    words = ["fusion", "--speed", "1000", "--engine", "ray", "--out", str(tmp_path)]
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, ParameterError)
    assert "--speed" in str(result.exception)
