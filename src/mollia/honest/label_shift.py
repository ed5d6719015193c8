"""How frequent each class is in new rows, from what one classifier says of old and of new ones.

Two ways, both from p(x | y) being the same in both (label shift): expectation-maximisation on the probabilities (Saerens,
Latinne and Decaestecker 2002, Neural Computation 14), which trusts them to be calibrated on the old rows, and black box
shift estimation (Lipton, Wang and Smola 2018, arXiv 1802.03916), which needs the confusions alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls
from scipy.stats import chi2_contingency

from mollia.arrays import Classes, Floats, Probs, Vector, one_hot, read_only
from mollia.errors import DataError, NotEnoughLabels

LEAST = 20  # old rows with a label, below which confusions say nothing
STEPS, TOLERANCE = 200, 1e-6
DRAWS = 200  # bootstrap samples of both
SEED = 20261129
ALARM = 0.01
PRIOR = 1.0  # rows of each class that join the old ones: a class that did not occur is not impossible
DISAGREE = 0.2  # share of the rows that the two estimates put into different classes, from which on neither is believed
SOFT = 0.05  # weight of "as before" in the shares that the confusions leave open


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelShift:
    """Shares of K classes: `old`, and `new` by EM with the interval `low` to `high` that holds 95 of 100 bootstrap samples.

    `confusion` (K,) are the new shares by black box shift estimation; `p` is that of a chi-square test on how often each
    class is predicted.
    """

    old: Vector
    new: Vector
    low: Vector
    high: Vector
    confusion: Vector
    p: float

    def __post_init__(self) -> None:
        for name in ("old", "new", "low", "high", "confusion"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.float64))

    @property
    def differ(self) -> bool:
        """Whether classes are predicted more or less often than chance explains."""
        return self.p <= ALARM

    @property
    def agree(self) -> bool:
        """Whether both ways find nearly the same shares; else what they assume does not hold, or the labels are too few."""
        return float(np.abs(self.new - self.confusion).sum()) / 2 < DISAGREE

    @property
    def ratio(self) -> Vector:
        """How much more frequent each class is now, (K,)."""
        ratio: Vector = self.new / np.maximum(self.old, 1e-9)
        return ratio


def label_shift(held_out: Probs, y: Classes, old: Probs, new: Probs) -> LabelShift:
    """Estimate the shares of classes in new rows.

    Parameters
    ----------
    held_out : (m, K)
        What the classifier says of old rows with a label that it did not learn from.
    y : (m,)
        Their class numbers.
    old, new : (n, K), (N, K)
        What it says of all old rows and all new ones.

    Raises
    ------
    NotEnoughLabels
        With fewer than twenty labelled rows.
    DataError
        When the widths differ.
    """
    if not held_out.shape[1] == old.shape[1] == new.shape[1] or len(held_out) != len(y):
        raise DataError(f"Shapes {held_out.shape}, {y.shape}, {old.shape} and {new.shape} do not fit.")
    if len(y) < LEAST or not len(new):
        raise NotEnoughLabels(
            f"{len(y)} labelled rows cannot say which classes are confused; {LEAST} are needed.",
            hint="Label more rows of the finished task.",
        )
    before = shares_of(y, old.shape[1])
    rng = np.random.default_rng(SEED)
    drawn = []
    for _ in range(DRAWS):
        some, others = rng.integers(len(y), size=len(y)), rng.integers(len(new), size=len(new))
        drawn.append(em_shares(new[others], shares_of(y[some], old.shape[1])))
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    found = em_shares(new, before)
    return LabelShift(
        old=before,
        new=found,
        low=np.minimum(low, found),
        high=np.maximum(high, found),
        confusion=bbse_shares(held_out, y, new),
        p=_chance(old, new),
    )


def shares_of(y: Classes, n_classes: int) -> Vector:
    """Return the shares (K,) of classes among labels, `PRIOR` row of each added."""
    count = np.bincount(y, minlength=n_classes) + PRIOR
    out: Vector = count / count.sum()
    return out


def em_shares(probs: Probs, shares: Vector) -> Vector:
    """Return the shares (K,) of classes in rows of which a classifier says `probs` (n, K), taught where they were `shares`.

    EM of Saerens and others, equations 2.9: p(k) <- mean_x p(k | x) p(k) / p_old(k), rows normalised.
    """
    now = shares.copy()
    for _ in range(STEPS):
        P = probs * (now / np.maximum(shares, 1e-9))
        P /= np.maximum(P.sum(1, keepdims=True), 1e-12)
        new = P.mean(0)
        moved, now = float(np.abs(new - now).max()), new
        if moved < TOLERANCE:
            break
    return now


def bbse_shares(held_out: Probs, y: Classes, new: Probs) -> Vector:
    """Return the shares (K,) of classes in new rows (N, K), by the confusions of labelled ones (m, K) with y (m,).

    The non-negative ratio w of least squares in C w = mean(new), C[a, k] = mean of (what is said of a) over rows of k,
    times the share of k; held towards 1, where few rows leave it open.
    """
    n_classes = new.shape[1]
    C: Floats = held_out.T @ one_hot(y, n_classes) / len(y)  # (said, has)
    hold = np.sqrt(SOFT / len(y)) * np.eye(n_classes)
    w, _ = nnls(np.vstack([C, hold]), np.concatenate([new.mean(0), hold.sum(1)]))
    share = w * np.maximum(np.bincount(y, minlength=n_classes) / len(y), 1e-9)
    out: Vector = share / share.sum()
    return out


def _chance(old: Probs, new: Probs) -> float:
    """Return the p-value of "each class is predicted as often as before"."""
    n_classes = old.shape[1]
    table = np.stack([np.bincount(P.argmax(1), minlength=n_classes) for P in (old, new)])
    table = table[:, table.sum(0) > 0]
    if table.shape[1] < 2:  # noqa: PLR2004  # one class is predicted of all
        return 1.0
    return float(chi2_contingency(table).pvalue)
