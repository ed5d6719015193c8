"""What carrying a finished task over saves against starting afresh, by the new labels that are there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mollia.arrays import Classes, Probs, Rows
from mollia.fusion.carried import CarriedRows
from mollia.quality.estimate import cross_fit
from mollia.quality.judging import LEAST
from mollia.session.parts import Parts

FLOOR = 1e-4  # of a probability before its log


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How the new labels are predicted by a fuser that did not see them: how many rightly, and the mean log loss."""

    right: int
    drawn_right: int
    log_loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """Carried and afresh, on the same `labels` new labels, of which `drawn` came at random: those alone speak for the pool.

    `gain` is by how much the carried rows lower the log loss of a label, `error` its standard error, row by row.
    """

    labels: int
    drawn: int
    carried: Told
    afresh: Told
    gain: float
    error: float

    @property
    def helps(self) -> bool:
        """Whether the carried rows lower the log loss: else the new task does without them."""
        return self.gain >= 0


def saved(parts: Parts, rows: CarriedRows, drawn: Rows) -> Saved | None:
    """Compare by cross-fitting; None with fewer than ten labelled texts, or where no LLM has answered.

    `drawn` are the rows (positions in the pool) that came at random.
    """
    evidence, fuser = parts.evidence(), parts.fuser
    if not evidence.answers.asked.any() or int(evidence.known.labelled.sum()) < LEAST:
        return None
    found = [cross_fit(evidence, replace(fuser, known=known)) for known in (rows, None)]
    at = np.flatnonzero(evidence.known.labelled)
    y, by_chance = evidence.known.y[at], np.isin(at, drawn)
    told, losses = [], []
    for each in found:
        if each is None:
            return None
        P = each.posterior[at]
        losses.append(_losses(P, y))
        right = P.argmax(1) == y
        told.append(
            Told(
                right=int(right.sum()),
                drawn_right=int(right[by_chance].sum()),
                log_loss=float(losses[-1].mean()),
            )
        )
    gain = losses[1] - losses[0]
    return Saved(
        labels=len(at),
        drawn=int(by_chance.sum()),
        carried=told[0],
        afresh=told[1],
        gain=float(gain.mean()),
        error=float(gain.std(ddof=1) / np.sqrt(len(gain))),
    )


def _losses(P: Probs, y: Classes) -> np.ndarray:
    return -np.log(np.maximum(P[np.arange(len(y)), y], FLOOR))
