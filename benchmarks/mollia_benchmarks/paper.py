"""`mollia bench paper`: the paper's protocol (docs/method.md, section 6) without its leaks.

Rounds of 50 by each strategy, labelled by each annotator, scored after every round on rows that
neither trained nor chose: no validation split picks an epoch, MoLAM is the last model and not the best
of hundreds, and the best single LLM is the one the 50 human labels point to. Labels do not depend on
the strategy while no human label is added, so each annotator labels the whole pool once a seed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from mollia.errors import DataError, did_you_mean
from mollia.registry import names
from mollia_benchmarks.exam import exam
from mollia_benchmarks.job import Job, uses_card
from mollia_benchmarks.paper_labels import ALL_ROWS, ANNOTATORS, MAIN, Labelling, label
from mollia_benchmarks.paper_run import Race, race
from mollia_benchmarks.paper_tables import learning_curves, report
from mollia_benchmarks.protocol import Scores

STRATEGIES = ("random", "entropy", "coreset", "noise_stability", "bemps")
STUDENTS = ("frozen", "finetune", "frozen+finetune")
C = TypeVar("C", Race, Labelling)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What is compared: every student with every strategy and annotator, `seeds` times."""

    students: Sequence[str] = ("frozen",)
    strategies: Sequence[str] = STRATEGIES
    annotators: Sequence[str] = MAIN
    seeds: int = 5
    rounds: int = 10
    batch: int = 50
    most: int = ALL_ROWS

    def __post_init__(self) -> None:
        for what, given, known in (
            ("student", self.students, STUDENTS),
            ("strategy", self.strategies, names("query")),
            ("annotator", self.annotators, tuple(ANNOTATORS)),
        ):
            for name in given:
                if name not in known:
                    raise DataError(
                        f'The paper\'s protocol has no {what} "{name}".{did_you_mean(name, known)}',
                        hint=f"Known: {', '.join(known)}.",
                    )

    def races(self, sets: Sequence[str]) -> list[Race]:
        """Return all runs on these sets; those of one seed lie together, so that a stopped benchmark holds whole seeds."""
        return [
            Race(
                set=set_,
                student=student,
                strategy=strategy,
                annotator=annotator,
                seed=seed,
                rounds=self.rounds,
                batch=self.batch,
                most=self.most,
            )
            for seed in range(self.seeds)
            for set_ in sets
            for student in self.students
            for strategy in self.strategies
            for annotator in self.annotators
        ]


QUICK = Grid(
    strategies=("random", "entropy"),
    annotators=("oracle", "vote", "ours"),
    seeds=1,
    rounds=3,
    most=1000,
)


def run(job: Job, grid: Grid, *, weights: str | None = None) -> str:
    """Measure the grid, write `paper.md`, `paper.json` and a plot a set to `job.out`; return the tables.

    Each cell is a file in `job.out`: a killed benchmark goes on where it was. Fine-tuning starts from
    `weights`, a folder or a hub name.

    Raises
    ------
    DataError
        When the recorded panels are not there.
    """
    for set_ in job.sets:
        exam(set_, job.data, most=grid.most)  # what is missing is said at once
    races = grid.races(job.sets)
    labellings = list(dict.fromkeys(cell.labelling for cell in races))
    lacking = job.lacks(races, _needs)
    labelled = job.measure(labellings, label, again=[each for each in labellings if each.made in lacking])
    card = uses_card(*(kind for student in grid.students for kind in student.split("+")))
    scores = job.measure(races, partial(race, weights=weights), needs=_needs, card=card)
    return write(scores, labelled, job.out)


def _needs(cell: Race) -> list[str]:
    return [cell.labelling.made]


def show(out: Path) -> str:
    """Write and return the tables of what `out` holds so far; of each set and student the whole seeds only.

    Raises
    ------
    DataError
        When there is not one whole seed.
    """
    kept = [json.loads(path.read_text("utf-8")) for path in sorted((out / "cells").glob("*.json"))]
    races = _whole_seeds(dict(_cell(Race, each) for each in kept if "strategy" in each))
    if not races:
        raise DataError(
            f"{out} holds no whole seed of the paper's protocol yet.",
            hint="Let mollia bench paper go on, with the same --out.",
        )
    known = {cell.labelling for cell in races}
    labelled = dict(_cell(Labelling, each) for each in kept if "strategy" not in each)
    return write(races, {cell: found for cell, found in labelled.items() if cell in known}, out)


def _whole_seeds(races: dict[Race, Scores]) -> dict[Race, Scores]:
    """Return the runs of seeds in which every strategy met every annotator."""
    size: dict[tuple[object, ...], set[tuple[str, str]]] = {}
    of: dict[tuple[object, ...], set[tuple[str, str]]] = {}
    for cell in races:
        grid = (cell.set, cell.student, cell.rounds, cell.batch, cell.most)
        size.setdefault(grid, set()).add((cell.strategy, cell.annotator))
        of.setdefault((*grid, cell.seed), set()).add((cell.strategy, cell.annotator))
    whole = {key for key, pairs in of.items() if pairs == size[key[:-1]]}
    order = {name: at for at, name in enumerate((*STUDENTS, *STRATEGIES, *ANNOTATORS))}
    kept = [c for c in races if (c.set, c.student, c.rounds, c.batch, c.most, c.seed) in whole]
    kept.sort(key=lambda c: (c.set, *(order.get(name, 99) for name in (c.student, c.strategy, c.annotator))))
    return {cell: races[cell] for cell in kept}


def write(scores: Mapping[Race, Scores], labelled: Mapping[Labelling, Scores], out: Path) -> str:
    """Write tables, figures and plots to `out`; return the tables."""
    text = report(scores, labelled)
    (out / "paper.md").write_text(text, "utf-8")
    kept = {
        "runs": [{**asdict(cell), "scores": dict(found)} for cell, found in scores.items()],
        "labels": [{**asdict(cell), "scores": dict(found)} for cell, found in labelled.items()],
    }
    (out / "paper.json").write_text(json.dumps(kept, indent=0) + "\n", "utf-8")
    for name, picture in learning_curves(scores).items():
        (out / f"paper-{name}.svg").write_text(picture, "utf-8")
    return text


def read(path: Path) -> tuple[dict[Race, Scores], dict[Labelling, Scores]]:
    """Return what `write` kept in `paper.json`."""
    kept = json.loads(path.read_text("utf-8"))
    races = dict(_cell(Race, each) for each in kept["runs"])
    return races, dict(_cell(Labelling, each) for each in kept["labels"])


def _cell(kind: type[C], kept: Mapping[str, Any]) -> tuple[C, Scores]:
    return kind(**{key: value for key, value in kept.items() if key != "scores"}), kept["scores"]
