"""Cross-fitting: what the fuser says of a human row whose label it has not seen.

Co-training is repeated without each fold's labels; refitting the stack alone is not enough: the
label has by then shaped the confusions and the text view, and with many classes the
temperature comes out a fifth too low (policy_en at 50 labels: ECE .12 instead of .08). What
needs no label is shared: all folds go on from what co-training learns without any.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mollia.arrays import Classes, Floats, PanelMass, Rows, Vector, softmax
from mollia.fusion.co_training import co_train, teach_again
from mollia.fusion.confusion import Settings
from mollia.fusion.ridge import LeaveOneOut
from mollia.threads import at_once

N_FOLDS = 5
MIN_LABELS = 20  # fewer cannot be split into folds that say anything
POOL_ROWS = 3000  # of a larger pool the folds see so many rows: the cost stays bounded
MANY_CELLS = 300_000  # rows x LLMs x classes from which on the folds run side by side


def can_calibrate(y: Classes) -> bool:
    """Tell whether the human labels among y (n,) are enough to cross-fit, and of more than one class."""
    seed = y[y >= 0]
    return len(seed) >= MIN_LABELS and len(np.unique(seed)) > 1


def thin(seed: Classes) -> list[str]:
    """Return what a person should know where the human labels (m,) are too few to calibrate, or of one class."""
    if len(seed) and len(np.unique(seed)) < 2:  # noqa: PLR2004  # one class
        return [
            "All human labels are of one class: the fuser fell back to its prior weights, and the confidence is uncalibrated."
        ]
    if 0 < len(seed) < MIN_LABELS:
        return [f"There are fewer than {MIN_LABELS} human labels: the confidence is uncalibrated."]
    return []


def folds(n: int) -> Rows:
    """Return each human row's fold (n,), 0 to 4 in turn."""
    return np.arange(n) % N_FOLDS


def with_human(y: Classes, most: int, rng: np.random.Generator) -> Rows:
    """Return the human rows of y (n,) and at most so many others, in row order."""
    human, others = np.flatnonzero(y >= 0), np.flatnonzero(y < 0)
    if len(others) > most:
        others = rng.choice(others, most, replace=False)
    return np.sort(np.concatenate([human, others]))


def held_out_scores(
    o: PanelMass,
    y: Classes,
    text_of: Callable[[Rows], LeaveOneOut | None],
    *,
    rounds: int,
    settings: Settings,
    rng: np.random.Generator,
    carried: Vector | None = None,
) -> Floats:
    """Return scores (m, K) of the m human rows of y (n,), in row order, each without its fold's labels.

    o (n, N, K) are observations; `text_of` gives the text view of some rows; `carried` (n,) as in `dawid_skene`.
    """
    human = np.flatnonzero(y >= 0)
    pool = with_human(y, max(POOL_ROWS - len(human), 0), rng)
    at = np.searchsorted(pool, human)  # the human rows among the pool's
    text = text_of(pool)
    o, old = o[pool], None if carried is None else carried[pool]
    free, columns = co_train(o, np.full(len(o), -1), text, rounds=rounds, settings=settings, carried=old)
    P = softmax(free.scores(columns))
    scores = np.zeros((len(human), o.shape[2]))
    fold = folds(len(human))

    def without(j: int) -> Floats:
        test = at[fold == j]
        seen = y[pool].copy()
        seen[test] = -1
        learned, columns = teach_again(o, seen, text, free, P, rounds=rounds, settings=settings, carried=old)
        return learned.scores(columns[test])

    for j, found in enumerate(at_once(without, range(N_FOLDS), many=o.size >= MANY_CELLS)):
        scores[fold == j] = found
    return scores
