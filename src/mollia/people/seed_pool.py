"""A pool as the choice of a person's rows sees it: fused quickly, again after each batch of labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from mollia.arrays import Classes, Matrix, Probs, Rows
from mollia.fusion import Mixture
from mollia.fusion.text_view import learn_text_view
from mollia.people.seed_rows import SeedPool
from mollia.protocols import Encoder
from mollia.randomness import generator
from mollia.records import PanelAnswers

# Rows a fit between two batches learns from, so that nobody waits; it says something of every row.
MOST = 5_000


def seed_pool(
    answers: Callable[[], PanelAnswers],
    texts: Sequence[str] | None,
    *,
    groups: Rows,
    n_classes: int,
    random_state: int | None,
    most: int = MOST,
    encoder: Encoder | None = None,
) -> SeedPool:
    """Return a pool of n rows whose answers are called for when they are needed.

    `texts` is None where the answers came without; `groups` (n,) numbers equal texts alike; `encoder`
    reads rows that have no words.
    """
    known = cache(answers)

    def fit(y: Classes) -> Probs:
        # order is what counts here, so the confidence is left as it comes: five times faster
        fuser = Mixture(encoder=encoder, calibrate=False, random_state=random_state)
        X, n = known(), len(groups)
        if n <= most:
            return fuser.fit_predict_proba(X, y, texts=texts)
        rest = np.flatnonzero(y < 0)
        some = generator(random_state, "rows for a quick fit").permutation(rest)[:most]
        rows = np.sort(np.concatenate([np.flatnonzero(y >= 0), some]))
        few = None if texts is None else [texts[row] for row in rows.tolist()]
        fuser.fit_predict_proba(X[rows], y[rows], texts=few)
        return fuser.predict_proba(X, texts=texts)

    def vectors() -> Matrix:
        if texts is None:
            return np.zeros((len(groups), 0), np.float32)
        return learn_text_view(texts, encoder=encoder, random_state=random_state).e.astype(np.float32)

    return SeedPool(
        groups=groups,
        n_classes=n_classes,
        answers=known,
        vectors=vectors,
        fit=fit,
        random_state=random_state,
    )
