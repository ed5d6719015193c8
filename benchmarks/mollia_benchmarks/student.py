"""`mollia bench student`: what robust training is worth, on labels of the default fuser.

A student learns from 50 human labels and 500 fused ones, or from the whole annotated pool, and is
scored on test rows that neither people nor the panel label and no choice sees. "gold" trains on the true
labels in place of the panel's: the ceiling (ORACLE).
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from mollia.arrays import Classes
from mollia.errors import DataError, did_you_mean
from mollia.people.seed_rows import RANDOM, STRATEGIES
from mollia.session.students import new_student
from mollia.session.text_view import TFIDF
from mollia_benchmarks.exam import exam
from mollia_benchmarks.job import Job, uses_card
from mollia_benchmarks.protocol import Scores, require_known
from mollia_benchmarks.student_labels import Labelling, label, labels, marks
from mollia_benchmarks.student_recipes import NAMES, Lesson, Predicts, taught
from mollia_benchmarks.tables import figure, table

TUNED_TESTS = 1000  # test rows a fine-tuned student is scored on; the first ones
BASE = "soft"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Cell:
    """One recipe with one student in one draw on one set."""

    draw: int
    set: str
    student: str
    recipe: str
    labels: int
    view: str = TFIDF
    picked: str = RANDOM

    @property
    def file(self) -> str:
        """The cell's file name."""
        recipe = "".join(c if c.isalnum() else "_" for c in self.recipe)
        how = marks(self.view, self.picked)
        return f"{self.set}.{self.student}.{recipe}.{how}{self.labels}.{self.draw}.json"

    @property
    def labelling(self) -> Labelling:
        """The labels it learns from."""
        return Labelling(set=self.set, labels=self.labels, draw=self.draw, view=self.view, picked=self.picked)


def measure(cell: Cell, kept: bytes, *, data: Path, weights: str | None) -> Scores:
    """Return a recipe's accuracy on the test rows, and the processor's seconds it took, with the labels of `kept`."""
    taken = exam(cell.set, data)
    began = time.process_time()
    with threadpool_limits(1):
        some, whole = (
            _lesson(cell.labelling, kept, cell.student, weights, data, whole=whole) for whole in (False, True)
        )
        student = taught(cell.recipe, some, whole)
        seconds = time.process_time() - began
        most = None if cell.student == "frozen" else TUNED_TESTS
        right = _right(student, taken.test_texts[:most], taken.test_gold[:most])
    return {"accuracy": right, "seconds": seconds}


@lru_cache(maxsize=4)  # recipes of one draw share what was judged out of fold
def _lesson(  # what a lesson depends on, hashed
    labelling: Labelling, kept: bytes, student: str, weights: str | None, data: Path, *, whole: bool
) -> Lesson:
    taken = exam(labelling.set, data)
    found = labels(labelling, kept)
    rows = np.concatenate([found.human, np.flatnonzero(found.y < 0)]) if whole else found.rows
    return Lesson(
        texts=[taken.texts[row] for row in rows.tolist()],
        labels=found,
        rows=rows,
        gold=taken.gold[rows],
        new_student=partial(new_student, student, weights=weights, random_state=labelling.draw),
        draw=labelling.draw,
    )


def _right(student: Predicts, texts: Sequence[str], gold: Classes) -> float:
    return float((student.predict_proba(texts).argmax(1) == gold).mean())


def run(
    job: Job,
    *,
    labels: int,
    draws: int,
    student: str = "frozen",
    recipes: Sequence[str] = (),
    weights: str | None = None,
    view: str = TFIDF,
    picked: str = RANDOM,
) -> str:
    """Measure all draws, write `student-<kind>.md` and `.json` to `job.out`; return the table.

    Each cell is a file in `job.out`: a killed benchmark goes on where it was.

    Raises
    ------
    DataError
        When a recipe or strategy is unknown, or the recorded panels are not there.
    """
    for name in recipes:
        if name not in NAMES:
            raise DataError(
                f'There is no recipe "{name}".{did_you_mean(name, NAMES)}', hint=f"Known: {'; '.join(NAMES)}."
            )
    require_known([picked], STRATEGIES, "strategy", "pick rows with")
    cells = [
        Cell(set=s, student=student, recipe=r, labels=labels, draw=d, view=view, picked=picked)
        for d in range(draws)
        for s in job.sets
        for r in recipes or NAMES
    ]
    labellings = list(dict.fromkeys(cell.labelling for cell in cells))
    lacking = job.lacks(cells, _needs)
    measured = job.measure(
        labellings,
        partial(label, weights=weights),
        again=[each for each in labellings if each.made in lacking],
        card=uses_card(view),
    )
    scores = job.measure(cells, partial(measure, weights=weights), needs=_needs, card=uses_card(student))
    text = report(scores, measured)
    (job.out / f"student-{student}.md").write_text(text, "utf-8")
    named = [
        *({**asdict(cell), **found} for cell, found in measured.items()),
        *({**asdict(cell), **found} for cell, found in scores.items()),
    ]
    (job.out / f"student-{student}.json").write_text(json.dumps(named, indent=0) + "\n", "utf-8")
    return text


def _needs(cell: Cell) -> list[str]:
    return [cell.labelling.made]


def report(scores: Mapping[Cell, Scores], measured: Mapping[Labelling, Scores]) -> str:
    """Return a table: a recipe a row, a set a column, and each recipe's gain over soft labels alone.

    Gains are paired by draw; the 95 % interval is Student's over all draws of all sets, each draw's gain
    taken from the mean gain of its set.
    """
    sets = list(dict.fromkeys(cell.set for cell in scores))
    found = {(cell.recipe, cell.set, cell.draw): value["accuracy"] for cell, value in scores.items()}
    lines = []
    for recipe in dict.fromkeys(cell.recipe for cell in scores):
        line = [recipe]
        for each in sets:
            of_set = [value for (name, set_, _), value in found.items() if (name, set_) == (recipe, each)]
            line.append(figure(float(np.mean(of_set)), float(np.std(of_set))))
        pairs = [
            (s, found[r, s, d] - found[BASE, s, d])
            for r, s, d in found
            if r == recipe and (BASE, s, d) in found
        ]
        line.append("" if recipe == BASE or not pairs else _gain(pairs))
        lines.append(line)
    for name in ("500 rows", "whole pool"):
        line = [f"labels right, {name}"]
        for each in sets:
            of_set = [value[name] for cell, value in measured.items() if cell.set == each]
            line.append(figure(float(np.mean(of_set)), float(np.std(of_set))))
        lines.append([*line, ""])
    return table(["recipe", *sets, "gain over soft"], lines)


def _gain(pairs: Sequence[tuple[str, float]]) -> str:
    """Return the mean gain with its 95 % interval, the spread being that within the sets."""
    from scipy.stats import t  # noqa: PLC0415  # slow to import, for a table only

    gains = np.array([gain for _, gain in pairs])
    groups = [
        np.array([gain for set_, gain in pairs if set_ == name]) for name in {set_ for set_, _ in pairs}
    ]
    free = len(gains) - len(groups)
    if free < 1:
        return f"{gains.mean():+.3f}"
    spread = np.sqrt(sum(float(((g - g.mean()) ** 2).sum()) for g in groups) / free)
    half = float(t.ppf(0.975, free)) * spread / np.sqrt(len(gains))
    return f"{gains.mean():+.3f} ± {half:.3f}"
