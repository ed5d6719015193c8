"""A grid of cells, measured here or elsewhere: what it comes to is written here, and a stopped one goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np

from mollia_benchmarks.processes import in_processes
from mollia_benchmarks.protocol import Scores


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


C = TypeVar("C", bound=Kept)
R = TypeVar("R")
Mapped = Callable[[Callable[[Any], Any], Iterable[tuple[Any, Any]]], Iterable[tuple[Any, Any]]]


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
