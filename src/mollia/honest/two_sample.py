"""Whether two samples of rows differ: a classifier two-sample test on their vectors, and how much each old row weighs.

A linear classifier learns to tell old rows from new ones, and is judged on rows that it did not see (Lopez-Paz and Oquab
2017, arXiv 1610.06545). Where both come from one source it can only guess: the area under its curve is .5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.stats import rankdata

from mollia.arrays import Floats, Matrix, Rows, Vector, read_only
from mollia.errors import DataError, NotEnoughLabels

LEAST = 10  # rows of each sample
MOST = 2000  # rows of each that are compared
N_FOLDS = 5
PERMUTATIONS = 199
PENALTY = 1.0  # for vectors of mean squared norm 1
SEED = 20261129
ALARM = 0.01  # two samples of one source look so different once in a hundred comparisons
LARGEST = 20.0  # a weight is at most, and at least one over it


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoSample:
    """How well old and new rows are told apart: `auc` from .5 (not at all) to 1, `p` of at least that by chance.

    `odds` (n,) is, for each old row that was given, how much more frequent rows like it are among the new ones, by a
    classifier that did not see it; the mean is 1.
    """

    auc: float
    p: float
    n_old: int
    n_new: int
    odds: Vector

    def __post_init__(self) -> None:
        object.__setattr__(self, "odds", read_only(self.odds, np.float64))

    @property
    def differ(self) -> bool:
        """Whether samples of one source would hardly ever look so different."""
        return self.p <= ALARM


def two_sample(old: Matrix, new: Matrix) -> TwoSample:
    """Compare old (n, d) and new (m, d) vectors; of very many rows a part is drawn, always the same.

    The p-value is that of a permutation test: old and new are exchanged at random within each fold.

    Raises
    ------
    NotEnoughLabels
        With fewer than ten rows of either.
    DataError
        When the vectors are of different widths.
    """
    if old.ndim != 2 or new.ndim != 2 or old.shape[1] != new.shape[1]:  # noqa: PLR2004  # rows and columns
        raise DataError(f"The vectors to compare have shapes {old.shape} and {new.shape}.")
    if min(len(old), len(new)) < LEAST:
        raise NotEnoughLabels(
            f"{len(old)} old and {len(new)} new rows cannot be compared; {LEAST} of each are needed.",
            hint="Give more rows.",
        )
    rng = np.random.default_rng(SEED)
    at, at_new = _some(len(old), rng), _some(len(new), rng)
    X = _scaled(np.concatenate([old[at], new[at_new]]))
    is_new = np.repeat([0.0, 1.0], [len(at), len(at_new)])
    fold = _folds(is_new, rng)
    Y = np.column_stack([is_new, *(_exchanged(is_new, fold, rng) for _ in range(PERMUTATIONS))])
    scores = _left_out(X, Y, fold)
    areas = _areas(scores, Y)
    p = (1 + int((areas[1:] >= areas[0]).sum())) / (PERMUTATIONS + 1)
    odds = np.ones(len(old))
    odds[at] = _odds(scores[:, 0], is_new)[: len(at)]
    return TwoSample(auc=float(areas[0]), p=p, n_old=len(at), n_new=len(at_new), odds=odds)


def _some(n: int, rng: np.random.Generator) -> Rows:
    return np.arange(n) if n <= MOST else np.sort(rng.choice(n, MOST, replace=False))


def _scaled(X: Matrix) -> Floats:
    centred: Floats = np.asarray(X, np.float64) - X.mean(0)
    length = float(np.sqrt((centred**2).sum(1).mean()))
    out: Floats = centred / (length or 1.0)
    return out


def _folds(is_new: Vector, rng: np.random.Generator) -> Rows:
    """Return each row's fold (n,), old and new rows dealt out evenly."""
    fold = np.empty(len(is_new), np.int64)
    for value in (0.0, 1.0):
        rows = rng.permutation(np.flatnonzero(is_new == value))
        fold[rows] = np.arange(len(rows)) % N_FOLDS
    return fold


def _exchanged(is_new: Vector, fold: Rows, rng: np.random.Generator) -> Vector:
    out = is_new.copy()
    for number in range(N_FOLDS):
        rows = np.flatnonzero(fold == number)
        out[rows] = is_new[rng.permutation(rows)]
    return out


def _left_out(X: Floats, Y: Floats, fold: Rows) -> Floats:
    """Return what a ridge regression on the other folds' rows says of each row, (n, P), for each column of Y (n, P)."""
    scores = np.empty_like(Y)
    for number in range(N_FOLDS):
        out = fold == number
        seen = X[~out]
        factor = cho_factor(seen.T @ seen + PENALTY * np.eye(X.shape[1]))
        mean = Y[~out].mean(0)
        scores[out] = X[out] @ cho_solve(factor, seen.T @ (Y[~out] - mean)) + mean
    return scores


def _areas(scores: Floats, Y: Floats) -> Vector:
    """Return the area under each column's curve, (P,)."""
    ranks = rankdata(scores, axis=0)
    n_new = Y.sum(0)
    area: Vector = ((ranks * Y).sum(0) - n_new * (n_new + 1) / 2) / (n_new * (len(Y) - n_new))
    return area


def _odds(scores: Vector, is_new: Vector) -> Vector:
    """Return density ratios (n,) from left-out scores by a logistic curve through them; mean 1 over the old rows."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # heavy

    z = (scores - scores.mean()) / (scores.std() or 1.0)
    curve = LogisticRegression(C=1.0).fit(z[:, None], is_new)
    p = curve.predict_proba(z[:, None])[:, 1]
    odds = np.clip(p / (1 - p) * (is_new == 0).sum() / (is_new == 1).sum(), 1 / LARGEST, LARGEST)
    out: Vector = odds / odds[is_new == 0].mean()
    return out
