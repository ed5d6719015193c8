"""What further human labels would give: the share right on held-out human rows, by how many of the others were learned from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from mollia.arrays import Rows
from mollia.errors import NotEnoughLabels
from mollia.people.known_rows import KnownRows
from mollia.quality.evidence import Evidence, FuserChoice
from mollia.quality.panel_labels import fuse_evidence
from mollia.randomness import generator
from mollia.records import HumanLabels

SIZES = 4
DRAWS = 3
LEAST_SCORED = 10  # texts held out of every fit
LEAST_LEARNED = 5  # texts of the first point
MOST_ROWS = 2_000  # of the pool, beside those that people labelled: each point costs DRAWS fits


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPoint:
    """`learned` human labels gave the share right in each of DRAWS draws, on `scored` rows held out of all fits."""

    learned: int
    right: tuple[float, ...]
    scored: int

    @property
    def mean(self) -> float:
        """The mean over the draws."""
        return float(np.mean(self.right))

    @property
    def spread(self) -> float:
        """The standard deviation over the draws."""
        return float(np.std(self.right, ddof=1)) if len(self.right) > 1 else 0.0


def label_curve(evidence: Evidence, fuser: FuserChoice) -> tuple[LabelPoint, ...]:
    """Return up to SIZES points; every draw holds a quarter of the labelled texts out, and learns from more and more of the rest.

    No text that is scored, nor a copy of it, is learned from. The texts are read as by the default method.

    Raises
    ------
    NotEnoughLabels
        With fewer than LEAST_SCORED + LEAST_LEARNED labelled texts.
    """
    labelled = np.unique(evidence.groups[evidence.known.labelled])
    held = max(LEAST_SCORED, len(labelled) // 4)
    most = len(labelled) - held
    if most < LEAST_LEARNED:
        raise NotEnoughLabels(
            f"{len(labelled)} labelled texts are too few for a learning curve.",
            hint=f"Label {LEAST_SCORED + LEAST_LEARNED - len(labelled)} more.",
        )
    sizes = np.unique(np.geomspace(LEAST_LEARNED, most, SIZES).round().astype(int)).tolist()
    right: dict[int, list[float]] = {size: [] for size in sizes}
    for order, some in _draws(evidence, labelled, fuser.random_state):
        scored = some.known.labelled & np.isin(some.groups, order[:held])
        for size in sizes:
            learned = np.isin(some.groups, order[held : held + size])
            found = fuse_evidence(_knowing(some, learned), replace(fuser, text_view=None))
            right[size].append(float((found.fused.label[scored] == some.known.y[scored]).mean()))
    return tuple(LabelPoint(learned=size, right=tuple(right[size]), scored=held) for size in sizes)


def _draws(evidence: Evidence, labelled: Rows, random_state: int | None) -> Iterator[tuple[Rows, Evidence]]:
    """Yield the labelled texts in a random order, with the rows people labelled and some of the others."""
    others = np.flatnonzero(~evidence.known.known & evidence.answers.asked.any(1))
    for draw in range(DRAWS):
        rng = generator(random_state, "label curve", draw)
        extra = rng.choice(others, min(len(others), MOST_ROWS), replace=False)
        rows = np.sort(np.concatenate([np.flatnonzero(evidence.known.labelled), extra]))
        yield rng.permutation(labelled), _some(evidence, rows)


def _some(evidence: Evidence, rows: Rows) -> Evidence:
    pool, known = evidence.pool, evidence.known
    texts = evidence.texts_of(rows)
    return replace(
        evidence,
        pool=replace(
            pool,
            ids=pool.ids_of(rows),
            texts=("",) * len(rows) if texts is None else tuple(texts),
            gold=pool.gold[rows],
            columns={},
            places=(),
        ),
        groups=evidence.groups[rows],
        answers=evidence.answers[rows],
        known=KnownRows(
            y=known.y[rows], labelled=known.labelled[rows], copies=known.copies[rows], conflicts=()
        ),
    )


def _knowing(evidence: Evidence, learned: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Evidence:
    """Return the evidence with the human labels of some rows alone."""
    known = evidence.known
    kept = known.labelled & learned
    return replace(
        evidence,
        labels={"seed": HumanLabels.none()},
        known=KnownRows(
            y=np.where(kept, known.y, -1), labelled=kept, copies=np.zeros(len(kept), bool), conflicts=()
        ),
    )
