"""Which rows a person should see first: those whose label says most about others, unlike each other.

Unlike the query strategies, which choose what a student learns from, it works on the fused posterior:
a row counts for how narrowly its two best classes are apart (docs/fusion.md, "Which rows should a person
label?"), less for each row already in the batch that its text resembles.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mollia.arrays import Floats, Mask, Matrix, Probs, Vector
from mollia.records import Picked

RANDOM_PER_CLASS = 3  # rows per class that are drawn at random before any are chosen
RANDOM_LEAST = 10
WORDS_PER_MINUTE = 238.0
DECIDING = 3.0  # seconds for the choice and the key


def random_first(n_classes: int) -> int:
    """Return how many labels drawn at random should come before chosen ones: max(10, 3 K)."""
    return max(RANDOM_LEAST, RANDOM_PER_CLASS * n_classes)


def doubt(posterior: Probs) -> Vector:
    """Return 1 minus the margin between the two best classes, (n,), in [0, 1]."""
    top = np.sort(posterior, 1)[:, ::-1]
    out: Vector = 1.0 - (top[:, 0] - top[:, 1]) if posterior.shape[1] > 1 else np.zeros(len(posterior))
    return out


def reading_seconds(texts: Sequence[str]) -> Vector:
    """Return how long a person needs for each text (n,): reading at 238 words per minute, and deciding.

    The rate is the mean of 190 studies of silent reading (Brysbaert 2019, Journal of Memory and
    Language 109).
    """
    return DECIDING + np.array([len(text.split()) for text in texts], np.float64) * 60 / WORDS_PER_MINUTE


def review_order(
    posterior: Probs,
    vectors: Floats | Matrix,
    open_rows: Mask,
    n: int,
    *,
    seconds: Vector | None = None,
    lengths: Vector | None = None,
) -> Picked:
    """Return up to n of the open rows, best first; positions are those of the arguments.

    posterior (n, K) is fused; vectors (n, d) are the texts', of length 1 or 0, or of the `lengths` (n,) given;
    open_rows (n,) marks what may be shown. Row i's score is doubt_i times the product over rows j picked before it of
    1 - max(0, cos_ij)^2: a near-copy of a row that is shown anyway adds nothing. With `seconds`
    (n,), the time each row takes a person, it is the score per second.
    """
    worth = doubt(posterior) if seconds is None else doubt(posterior) / seconds
    score: Vector = np.where(open_rows, worth, -1.0)
    picked: list[int] = []
    scores: list[float] = []
    for _ in range(min(n, int(open_rows.sum()))):
        row = int(score.argmax())
        picked.append(row)
        scores.append(float(score[row]))
        likeness: Vector = vectors @ vectors[row]
        if lengths is not None:
            likeness = likeness / lengths / lengths[row]
        likeness = np.maximum(likeness, 0.0)
        score = np.where(score >= 0, score * (1.0 - np.minimum(likeness, 1.0) ** 2), score)
        score[row] = -1.0
    return Picked(rows=np.array(picked, np.int64), scores=np.array(scores))
