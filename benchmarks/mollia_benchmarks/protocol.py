"""The rules of every comparison: the same draws for all, scored on rows that nobody labelled."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np

from mollia.arrays import Classes, Rows
from mollia.errors import DataError, did_you_mean
from mollia.protocols import Engine

Scores = Mapping[str, float]


class Kept(Protocol):
    """A frozen dataclass that names the file its measurement is kept in."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def file(self) -> str:
        """The file's name, different for each measurement."""
        ...


C = TypeVar("C", bound=Kept)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Cell:
    """One measurement: a method, with so many human labels, in one draw, on one set."""

    set: str
    method: str
    labels: int
    draw: int

    @property
    def file(self) -> str:
        """The cell's file name."""
        return f"{self.set}.{self.method}.{self.labels}.{self.draw}.json"


def draw_rows(n: int, labels: int, draw: int) -> Rows:
    """Return the rows people label in a draw; a larger seed of the same draw holds the smaller."""
    rows: Rows = np.random.default_rng(1000 + draw).permutation(n)[:labels]
    return rows


def labels_of(gold: Classes, labels: int, draw: int) -> Classes:
    """Return y (n,): gold in the drawn rows, -1 elsewhere."""
    y = np.full(len(gold), -1)
    rows = draw_rows(len(gold), labels, draw)
    y[rows] = gold[rows]
    return y


def require_known(names: Iterable[str], known: Collection[str], what: str, to: str = "compare") -> None:
    """Refuse a name that is not known.

    Raises
    ------
    DataError
        With the nearest known name, and all of them.
    """
    for name in names:
        if name not in known:
            raise DataError(
                f'There is no {what} "{name}" to {to}.{did_you_mean(name, known)}',
                hint=f"Known: {', '.join(known)}.",
            )


def measure_all(
    cells: Sequence[C],
    measure: Callable[[C], Scores],
    folder: Path,
    *,
    processes: int,
    engine: Engine | None = None,
    done: Callable[[C, int, int], None] = lambda _cell, _number, _of: None,
) -> dict[C, Scores]:
    """Measure what `folder` does not hold yet, in `processes` or where an `engine` works; return all cells' scores.

    Each cell is a file, written here when it is measured: a killed benchmark goes on where it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [cell for cell in cells if not (folder / cell.file).is_file()]
    number = len(cells) - len(missing)
    measured = (
        _measured(missing, measure, processes)
        if engine is None
        else engine.map(measure, ((cell, cell) for cell in missing), helpers=0, ordered=False)
    )
    for cell, scores in measured:
        number += 1
        partial = folder / f"{cell.file}.part"
        partial.write_text(json.dumps({**asdict(cell), "scores": dict(scores)}) + "\n", "utf-8")
        partial.replace(folder / cell.file)
        done(cell, number, len(cells))
    return {cell: json.loads((folder / cell.file).read_text("utf-8"))["scores"] for cell in cells}


def _measured(
    cells: Sequence[C], measure: Callable[[C], Scores], processes: int
) -> Iterable[tuple[C, Scores]]:
    if processes == 1 or len(cells) <= 1:
        for cell in cells:
            yield cell, measure(cell)
        return
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # read by the children when they import numpy
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(measure, cell): cell for cell in cells}
        try:
            for finished in as_completed(running):
                yield running[finished], finished.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def summary(cells: Mapping[Cell, Scores]) -> dict[tuple[str, str, int], dict[str, tuple[float, float]]]:
    """Return mean and standard deviation over the draws, by (set, method, labels) and score."""
    groups: dict[tuple[str, str, int], list[Scores]] = {}
    for cell, scores in cells.items():
        groups.setdefault((cell.set, cell.method, cell.labels), []).append(scores)
    return {
        group: {
            name: (float(np.mean([s[name] for s in several])), float(np.std([s[name] for s in several])))
            for name in several[0]
        }
        for group, several in groups.items()
    }


def write(out: Path, written: str, figures: Mapping[Any, object]) -> None:
    """Write a benchmark's table and its figures, by groups of names, to `out`: `table.md`, `scores.json`."""
    (out / "table.md").write_text(written, "utf-8")
    named = {" ".join(map(str, group)): values for group, values in figures.items()}
    (out / "scores.json").write_text(json.dumps(named, indent=1) + "\n", "utf-8")
