"""What every benchmark is given: which recorded panels, where figures go, how many processes or which engine, whom to tell."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Protocol, TypeVar

from mollia.errors import DataError
from mollia.protocols import Engine
from mollia_benchmarks import DATA
from mollia_benchmarks.described import about
from mollia_benchmarks.protocol import Kept, Scores, measure_all

PANELS = "panels.json"  # which panels the cells of a folder were measured on
C_contra = TypeVar("C_contra", bound=Kept, contravariant=True)
C = TypeVar("C", bound=Kept)


class Measure(Protocol[C_contra]):
    """Measures one cell on the panels of a folder."""

    def __call__(self, cell: C_contra, /, *, data: Path) -> Scores:
        """Return the cell's scores."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The sets of the folder `data` that are measured, and the folder `out` for what is found.

    Cells are measured in `processes` of this machine, or where an `engine` works.
    """

    sets: Sequence[str]
    out: Path
    data: Path = DATA
    processes: int = 1
    engine: Engine | None = None
    say: Callable[[str], None] = print

    def measure(self, cells: Sequence[C], measure: Measure[C], folder: str = "cells") -> dict[C, Scores]:
        """Measure what `out` does not hold yet; return all cells' scores.

        Raises
        ------
        DataError
            When `out` holds what was measured on other panels of the same name.
        """
        self.claim()
        return measure_all(
            cells,
            partial(measure, data=self.data),
            self.out / folder,
            processes=self.processes,
            engine=self.engine,
            done=self.tell,
        )

    def claim(self) -> None:
        """Make `out`, and note there which panels are measured.

        Raises
        ------
        DataError
            When it holds what was measured on other panels of the same name.
        """
        self.out.mkdir(parents=True, exist_ok=True)
        _same_panels(self.out / PANELS, {name: fingerprint(name, self.data) for name in self.sets})

    def tell(self, cell: Kept, number: int, of: int) -> None:
        """Say how far the benchmark is."""
        self.say(f"{number}/{of} {cell.file.removesuffix('.json')}")


def fingerprint(name: str, data: Path) -> str:
    """Return a sum over a set's description and files."""
    described = about(name, data)
    found = sha256(described.model_dump_json(exclude={"source", "licence", "gold", "changed"}).encode())
    for file in (described.pool, described.test):
        if file is not None:
            found.update((data / file).read_bytes())
    return found.hexdigest()[:16]


def _same_panels(path: Path, now: Mapping[str, str]) -> None:
    before: dict[str, str] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    for name, found in now.items():
        if before.get(name, found) != found:
            raise DataError(
                f'{path.parent} holds figures measured on another set "{name}": its files or its description differ.',
                hint="Name another folder with --out.",
            )
    path.write_text(json.dumps({**before, **now}, indent=1) + "\n", "utf-8")
