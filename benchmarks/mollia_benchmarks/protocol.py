"""The rules of every comparison: the same draws for all, scored on rows that nobody labelled."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass
from functools import partial
from io import BytesIO
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np

from mollia.arrays import Classes, Rows
from mollia.errors import DataError, did_you_mean

Scores = Mapping[str, float]
AHEAD = 2  # cells that wait for each process: what they are given is in memory


class Kept(Protocol):
    """A frozen dataclass that names the file its measurement is kept in."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def file(self) -> str:
        """The file's name, different for each measurement."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What comes of a cell that others need: its scores, and files by their names under the benchmark's folder."""

    scores: Scores
    files: Mapping[str, bytes]


B = TypeVar("B")
C = TypeVar("C", bound=Kept)
T = TypeVar("T")
R = TypeVar("R")
Mapped = Callable[[Callable[[Any], Any], Iterable[tuple[Any, Any]]], Iterable[tuple[Any, Any]]]


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


def in_processes(
    work: Callable[[T], R], batches: Iterable[tuple[B, T]], *, processes: int = 1
) -> Generator[tuple[B, R]]:
    """Yield each batch with what `work` makes of its second part, as they are finished; a single one is worked on here."""
    batches = iter(batches)
    first = list(islice(batches, 2))
    batches = chain(first, batches)
    if processes == 1 or len(first) <= 1:
        yield from ((kept, work(sent)) for kept, sent in batches)
        return
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # read by the children when they import numpy
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        running: dict[Future[R], B] = {}
        try:
            for kept, sent in batches:
                running[pool.submit(work, sent)] = kept
                if len(running) > AHEAD * processes:
                    yield from _finished(running)
            while running:
                yield from _finished(running)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _finished(running: dict[Future[R], B]) -> Generator[tuple[B, R]]:
    """Wait for one more; take what is finished out of what is running."""
    finished, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in finished:
        yield running.pop(future), future.result()


def measure_all(
    cells: Sequence[C],
    measure: Callable[..., Scores | Made],
    folder: Path,
    *,
    mapped: Mapped = in_processes,
    given: Callable[[C], Sequence[bytes]] = lambda _cell: (),
    again: Collection[C] = (),
    done: Callable[[C, int, int], None] = lambda _cell, _number, _of: None,
) -> dict[C, Scores]:
    """Measure what `folder` does not hold yet, and what is to be measured `again`; return all cells' scores.

    `mapped` has the cells measured, each with what it is `given`, here or elsewhere. Each cell is a file, written here when
    it is measured, and after the files that it has made beside `folder`: a killed benchmark goes on where it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [cell for cell in cells if cell in again or not (folder / cell.file).is_file()]
    number = len(cells) - len(missing)
    for cell, found in mapped(partial(_spread, measure), ((cell, (cell, *given(cell))) for cell in missing)):
        number += 1
        made = found if isinstance(found, Made) else Made(scores=found, files={})
        for name, content in made.files.items():
            _write(folder.parent / name, content)
        kept = json.dumps({**asdict(cell), "scores": dict(made.scores)}) + "\n"
        _write(folder / cell.file, kept.encode())
        done(cell, number, len(cells))
    return {cell: json.loads((folder / cell.file).read_text("utf-8"))["scores"] for cell in cells}


def _spread(measure: Callable[..., R], given: tuple[Any, ...]) -> R:
    return measure(*given)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


def packed(**arrays: Any) -> bytes:  # noqa: ANN401  # numpy takes any array
    """Return arrays as the content of an .npz file."""
    file = BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


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
