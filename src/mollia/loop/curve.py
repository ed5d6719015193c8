"""The learning curve: what each round's student is worth, and what rows drawn at random would have given."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mollia.arrays import Rows
from mollia.loop.large_pools import curve_rows
from mollia.loop.rounds import Given
from mollia.loop.teach import differing, taught
from mollia.protocols import Student
from mollia.quality.gold_scores import accuracy, scored_rows
from mollia.quality.panel_labels import PanelLabels
from mollia.query.pool_view import distinct_rows
from mollia.randomness import generator
from mollia.session.parts import Parts

AGREES = "student agrees with mollia's labels on new rows"
ACCURACY = "accuracy"
FEWEST = 10  # new rows that agreement is told of: one row, which the last round may leave, is 0 or 100 %
POINTS = 4  # of the baseline: each costs one fit of the student
AT_RANDOM = "fitting on random rows, to compare"

Point = tuple[int, Mapping[str, float]]


def curve_scores(
    parts: Parts, given: Given, labels: PanelLabels, student: Student | None
) -> dict[str, float]:
    """Return agreement with the panel on rows not given yet (FEWEST or more), and accuracy where gold exists."""
    if student is None:
        return {}
    rows = curve_rows(parts)
    said = student.predict_proba(parts.pool.texts_of(rows)).argmax(1)
    unseen = labels.usable[rows] & ~np.isin(rows, given.rows)
    out = {}
    if unseen.sum() >= FEWEST:
        out[AGREES] = accuracy(said, labels.fused.label[rows], unseen)
    scored = scored_rows(parts.pool, parts.known.known)[rows]
    if scored.any():
        out[ACCURACY] = accuracy(said, parts.pool.gold[rows], scored)
    return out


def random_curve(parts: Parts, given: Given, labels: PanelLabels) -> tuple[Point, ...]:
    """Return the baseline at up to POINTS sizes of the run's own curve: (rows learned from, scores).

    The students learn as the run's do, from as many rows drawn at random. () where it cannot be said: the
    panel was asked in batches (the other rows have no label), fewer than two rounds, random rows anyway.
    """
    sizes = np.cumsum([len(batch) for batch in given.batches]).tolist()
    if parts.task.run.ask != "pool" or len(sizes) < 2 or parts.task.query.strategy == "random":  # noqa: PLR2004  # one point is not a curve
        return ()
    left = distinct_rows(parts.groups, given.human)
    order: Rows = generator(parts.task.run.random_state, "baseline").permutation(left[labels.usable[left]])
    shown = [sizes[at] for at in np.unique(np.linspace(0, len(sizes) - 1, POINTS).round().astype(int))]
    mine = Given(human=given.human)
    student = taught(parts, mine, labels)
    points, begin = list[Point](), 0
    for number, size in enumerate(shown):
        parts.progress(AT_RANDOM, number, len(shown))
        batch = order[begin:size]
        if not len(batch):
            break
        mine.add(batch, differing(parts, student, labels, batch))
        student, begin = taught(parts, mine, labels), size
        points.append((len(mine.rows), curve_scores(parts, mine, labels, student)))
    parts.progress(AT_RANDOM, len(shown), len(shown))
    return tuple(points)
