"""What every benchmark is given: which recorded panels, where figures go, how many processes or which engine, whom to tell."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from mollia.errors import DataError
from mollia.protocols import Engine
from mollia.registry import takes
from mollia.session.text_view import AUTO, TFIDF
from mollia_benchmarks import DATA
from mollia_benchmarks.described import about
from mollia_benchmarks.grid import Kept, Made, Mapped, measure_all
from mollia_benchmarks.processes import in_processes
from mollia_benchmarks.protocol import Scores

PANELS = "panels.json"  # which panels the cells of a folder were measured on
C = TypeVar("C", bound=Kept)
# Measures a cell on the panels of a folder: called with the cell, the files it needs, and data=FOLDER.
Measure = Callable[..., Scores | Made]
# Names, under `Job.out`, the files that other cells made and this one needs.
Needs = Callable[[C], Sequence[str]]


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

    def measure(
        self,
        cells: Sequence[C],
        measure: Measure,
        folder: str = "cells",
        *,
        needs: Needs[C] = lambda _cell: (),
        again: Collection[C] = (),
        card: bool = False,
    ) -> dict[C, Scores]:
        """Measure what `out` does not hold yet, and what is to be measured `again`; return all cells' scores.

        Files are read and written here alone: `measure` is given the content of those that a cell needs, and returns what is
        to be kept. `card`: it uses a graphics card where it finds one.

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
            mapped=self._mapped(card=card),
            given=lambda cell: [(self.out / name).read_bytes() for name in needs(cell)],
            again=again,
            done=self.tell,
        )

    def _mapped(self, *, card: bool) -> Mapped:
        if self.engine is None:
            return partial(in_processes, processes=self.processes)
        return partial(self.engine.map, helpers=0, ordered=False, card=card)

    def lacks(self, cells: Sequence[C], needs: Needs[C], folder: str = "cells") -> set[str]:
        """Return the files that cells without scores need and `out` does not hold."""
        missing = [cell for cell in cells if not (self.out / folder / cell.file).is_file()]
        needed = {name for cell in missing for name in needs(cell)}
        return {name for name in needed if not (self.out / name).is_file()}

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


def uses_card(*views: str) -> bool:
    """Return whether one of these kinds of student or text view may be fine-tuned, on a graphics card where there is one."""
    return any(view == AUTO or (view != TFIDF and takes("student", view, "weights")) for view in views)


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
