"""Cross-fitting: every seed row is predicted by a fuser that never saw its label.

For users who cannot afford an audit sample. Scoring the fuser on the labels it was fitted on covers
20-29 % instead of 95 % (docs: what the figure means).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from sklearn.base import clone

from mollia.arrays import Classes, Mask, Probs, Rows, read_only
from mollia.errors import DataError, NotEnoughLabels
from mollia.fitting import LearnsFromSample, fitted_posterior
from mollia.protocols import Fuser
from mollia.randomness import generator
from mollia.records import PanelAnswers
from mollia.strings import taken
from mollia.threads import at_once

LEAST = 2  # different texts with a human label
THREADED = 2000  # rows from which on the refits run side by side; fewer take no time
MOST_CELLS = 10_000_000  # rows x LLMs x classes above which they run one by one: each needs its own memory


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossFitted:
    """`posterior` (m, K) of rows with a human label, each from a fuser without it.

    `open_confidence` is those fusers' mean confidence on the rows that nobody labelled, NaN where there are none.
    """

    posterior: Probs
    open_confidence: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "posterior", read_only(self.posterior, np.float64))


def folds_of(y: Classes, groups: Rows, folds: int, random_state: int | None) -> Rows:
    """Deal the labelled rows (m,) into folds; return each row's fold (m,).

    Rows of one group (copies of one text) stay together, and each class is spread over the folds.

    Raises
    ------
    NotEnoughLabels
        With fewer than two groups: nothing could be held out.
    """
    names, first, member = np.unique(groups, return_index=True, return_inverse=True)
    if len(names) < LEAST:
        raise NotEnoughLabels(
            f"Cross-fitting needs human labels of at least {LEAST} different texts, found {len(names)}.",
            hint="Label more rows; about 50 are a good start.",
        )
    shuffled = generator(random_state, "cross-fit folds").permutation(len(names))
    by_class = shuffled[np.argsort(y[first][shuffled], kind="stable")]
    fold = np.empty(len(names), np.int64)
    fold[by_class] = np.arange(len(names)) % min(folds, len(names))
    out: Rows = fold[member]
    return out


def cross_fitted_posterior(
    fuser: Fuser,
    answers: PanelAnswers,
    y: Classes,
    texts: Sequence[str] | None = None,
    *,
    folds: int = 5,
    random_state: int | None = 0,
    groups: Rows | None = None,
) -> Probs:
    """Return the posterior (m, K) of the m rows with a human label, each from a fuser without it.

    As `cross_fitted`, which says more.

    Raises
    ------
    NotEnoughLabels
        With human labels of fewer than two different texts.
    """
    return cross_fitted(
        fuser, answers, y, texts, folds=folds, random_state=random_state, groups=groups
    ).posterior


def cross_fitted(
    fuser: Fuser,
    answers: PanelAnswers,
    y: Classes,
    texts: Sequence[str] | None = None,
    *,
    folds: int = 5,
    random_state: int | None = 0,
    groups: Rows | None = None,
    open_rows: Mask | None = None,
) -> CrossFitted:
    """Refit without each fold's labels, and return what these refits say of the m rows with a human label.

    y (n,) holds class numbers, -1 = no human label; the m rows come in pool order. The rows of the
    fold that is held out stay in the fit as unlabelled rows, as they would be in use. `groups` (n,)
    numbers texts so that copies share a number; by default equal `texts` do. `open_rows` (n,) are those that
    nobody labelled; by default all without a label in y. A fuser that learns from a sample of very many rows is refitted on
    that sample, and the confidence is that of the sample's rows.

    Raises
    ------
    NotEnoughLabels
        With human labels of fewer than two different texts.
    """
    if len(y) != len(answers):
        raise DataError(f"There are {len(answers)} rows of answers and {len(y)} rows of labels.")
    rows = np.flatnonzero(y >= 0)
    if groups is None:
        groups = np.arange(len(y)) if texts is None else _text_groups(texts)
    if isinstance(fuser, LearnsFromSample) and (some := fuser.learning_rows(answers, y)) is not None:
        return cross_fitted(
            fuser,
            answers[some],
            y[some],
            None if texts is None else taken(texts, some),
            folds=folds,
            random_state=random_state,
            groups=groups[some],
            open_rows=None if open_rows is None else open_rows[some],
        )
    fold = folds_of(y[rows], groups[rows], folds, random_state)
    unlabelled = y < 0 if open_rows is None else open_rows
    posterior, confidence = np.empty((len(rows), answers.n_classes)), 0.0

    def without(number: int) -> tuple[Mask, Probs, float]:
        """Return a fold, what a fuser without its labels says of it, and how sure that is of the rows nobody labelled."""
        out = fold == number
        seen = np.array(y)
        seen[rows[out]] = -1
        found = fitted_posterior(cast("Fuser", clone(fuser)), answers, seen, texts=texts)
        sure = float(found[unlabelled].max(1).mean()) if unlabelled.any() else np.nan
        return out, found[rows[out]], sure

    for out, found, sure in at_once(without, np.unique(fold).tolist(), many=_side_by_side(answers)):
        posterior[out] = found
        confidence += float(out.mean()) * sure
    return CrossFitted(posterior=posterior, open_confidence=confidence)


def _side_by_side(answers: PanelAnswers) -> bool:
    return len(answers) >= THREADED and answers.z.size <= MOST_CELLS


def _text_groups(texts: Sequence[str]) -> Rows:
    number: dict[str, int] = {}
    return np.array([number.setdefault(text, len(number)) for text in texts], np.int64)
