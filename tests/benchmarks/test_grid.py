from dataclasses import asdict
from functools import partial
from operator import attrgetter

import numpy as np
import pytest

from mollia_benchmarks.grid import Made, measure_all, packed
from mollia_benchmarks.processes import in_processes
from mollia_benchmarks.protocol import Cell

CELLS = [Cell(set="s", method="m", labels=n, draw=d) for n in (0, 5) for d in range(3)]
TWO = partial(in_processes, processes=2)


def measure(cell):
    return {"accuracy": cell.labels + cell.draw}


def makes(cell):
    return Made(scores=measure(cell), files={f"made/{cell.draw}.npz": packed(labels=[cell.labels])})


def test_measured_cells_are_not_measured_again(tmp_path):
    first = measure_all(CELLS[:4], measure, tmp_path)
    asked = []
    again = measure_all(CELLS, lambda cell: asked.append(cell) or measure(cell), tmp_path)
    assert asked == CELLS[4:]
    assert {cell: again[cell] for cell in CELLS[:4]} == first


def test_a_half_written_cell_is_measured_again(tmp_path):
    (tmp_path / f"{CELLS[0].file}.part").write_text("{")
    assert measure_all(CELLS[:1], measure, tmp_path)[CELLS[0]] == {"accuracy": 0}


def test_several_processes_give_the_same_scores(tmp_path):
    one = measure_all(CELLS, asdict, tmp_path / "one")
    assert measure_all(CELLS, asdict, tmp_path / "two", mapped=TWO) == one


def test_a_failing_measurement_is_raised_and_finished_cells_are_kept(tmp_path):
    with pytest.raises(ZeroDivisionError):
        measure_all(CELLS, lambda cell: {"a": 1 / (cell.labels - 5)}, tmp_path)
    assert len(list(tmp_path.glob("*.json"))) == 3
    with pytest.raises(AttributeError):
        measure_all(CELLS, attrgetter("accuracy"), tmp_path, mapped=TWO)


def test_what_a_cell_makes_is_written_and_given_to_those_that_need_it(tmp_path):
    measure_all(CELLS[:3], makes, tmp_path / "first")
    kept = {path.name: path.read_bytes() for path in (tmp_path / "made").iterdir()}
    assert sorted(kept) == ["0.npz", "1.npz", "2.npz"]
    np.savez(tmp_path / "here.npz", labels=[0])
    assert kept["0.npz"] == (tmp_path / "here.npz").read_bytes()
    found = measure_all(CELLS, size_of, tmp_path / "then", given=lambda cell: [kept[f"{cell.draw}.npz"]])
    assert {cell.draw: scores for cell, scores in found.items()} == {
        draw: {"bytes": len(kept[f"{draw}.npz"])} for draw in range(3)
    }
    (tmp_path / "made" / "1.npz").unlink()
    asked = []
    measure_all(
        CELLS[:3], lambda cell: asked.append(cell) or makes(cell), tmp_path / "first", again=[CELLS[1]]
    )
    assert asked == [CELLS[1]]
    assert (tmp_path / "made" / "1.npz").read_bytes() == kept["1.npz"]


def size_of(cell, content):
    return {"bytes": len(content)}
