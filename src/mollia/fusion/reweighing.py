"""Step 9 of the default fuser: what speaks for each candidate class, read by trees that learned on other panels.

How sure the posterior is on average is what human labels told (the pools of steps 7 and 8), and trees that know other panels move it
off. So P' becomes P'^t, t such that the mean confidence is again what it was before the trees; with m < 20 human labels, which tell
less of it, t^(m / 20).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq

from mollia.arrays import Classes, Floats, PanelMass, Probs, Vector, softmax
from mollia.fusion.candidates import PanelReading, Spoken, answers_beside, lines, read_panel
from mollia.fusion.carried import row_counts
from mollia.fusion.co_training import Learned
from mollia.fusion.cross_fit import MIN_LABELS
from mollia.fusion.linear_pool import LinearPool
from mollia.fusion.panel_trees import Trees, reweigh
from mollia.fusion.ridge import LeaveOneOut

TEXT, ANSWERS = "text", "answers"  # linear models of the text
SHARPEST = 1.5  # of the log of t, and its negative the least
NEAR = 1e-5  # a mean confidence as near as that is the same
LEAST = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """What the steps before found of rows, (n, K) each: posterior P, the stack's scores, supervised views; `carried` (n,) as in `dawid_skene`."""

    P: Probs
    scores: Floats
    views: list[Probs]
    carried: Vector | None = None

    @property
    def supervised(self) -> Probs:
        """The first supervised view, flat where there is none."""
        return self.views[0] if self.views else np.full_like(self.P, 1 / self.P.shape[1])


def reweigh_fitted(
    trees: Trees,
    pooled: Pooled,
    o: PanelMass,
    y: Classes,
    *,
    text: LeaveOneOut | None,
    learned: Learned,
    linear: LinearPool,
    a: float,
) -> tuple[Probs, PanelReading]:
    """Return the posterior (n, K) of the rows that were learned from, and what new rows are read with."""
    fit = np.array([learned.gate, linear.fused, linear.llms.max(initial=0.0), a])
    reading, Q, A = read_panel(
        o, y, pooled.P, omega=learned.confusion.omega, text=text, fit=fit, carried=pooled.carried
    )
    said = Spoken(P=pooled.P, F=softmax(pooled.scores), J=pooled.supervised, Q=Q, A=A)
    P = reweigh(trees, pooled.P, *lines(reading, o, said))
    told = min(float(row_counts(pooled.carried, len(y))[y >= 0].sum()) / MIN_LABELS, 1.0)
    t = sharpness(P, float(pooled.P.max(1).mean())) ** told if told else 1.0
    return sharpened(P, t), replace(reading, sharpness=t)


def sharpness(P: Probs, confidence: float) -> float:
    """Return the power t of P (n, K) that makes its mean confidence the one given, or comes nearest."""
    below = np.log(np.maximum(P, LEAST))
    below -= below.max(1, keepdims=True)

    def off(log_t: float) -> float:
        return float((1 / np.exp(np.exp(log_t) * below).sum(1)).mean()) - confidence

    if abs(off(0.0)) < NEAR:
        return 1.0
    if off(-SHARPEST) >= 0:
        return float(np.exp(-SHARPEST))
    if off(SHARPEST) <= 0:
        return float(np.exp(SHARPEST))
    return float(np.exp(brentq(off, -SHARPEST, SHARPEST, xtol=1e-4)))


def sharpened(P: Probs, t: float) -> Probs:
    """Return P (n, K) to the power t, made to sum to 1."""
    return P if t == 1.0 else softmax(t * np.log(np.maximum(P, LEAST)))


def reweigh_new(
    trees: Trees, pooled: Pooled, o: PanelMass, words: Mapping[str, Floats] | None, reading: PanelReading
) -> Probs:
    """Return the posterior (n, K) of new rows by what linear models say of their texts, None without texts."""
    Q, A = None, None
    if reading.text is not None and words is not None:
        Q = reading.text.from_words(words[TEXT])
    if reading.answers is not None and (reading.text is None or words is not None):
        A = reading.answers.from_words(
            answers_beside(o, None, reading.scale) @ reading.answers.coef[: o.shape[1] * o.shape[2]]
            + (0.0 if words is None or reading.text is None else words[ANSWERS])
        )
    said = Spoken(P=pooled.P, F=softmax(pooled.scores), J=pooled.supervised, Q=Q, A=A)
    return sharpened(reweigh(trees, pooled.P, *lines(reading, o, said)), reading.sharpness)


def linear_in_text(reading: PanelReading | None, n_answers: int) -> dict[str, Floats]:
    """Return the coefficients (d, K) of what was read of the text, by name; `n_answers` is N K."""
    out = {}
    if reading is not None and reading.text is not None:
        out[TEXT] = reading.text.coef[:-1]
        if reading.answers is not None:
            out[ANSWERS] = reading.answers.coef[n_answers:-1]
    return out
