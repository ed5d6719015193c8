"""Annotation discrepancy: rows where student and panel differ count less (docs/method.md, section 4)."""

from __future__ import annotations

import numpy as np

from mollia.arrays import Classes, Mask, Probs, Vector

ALPHA = 0.5  # the paper's


def discrepant(student_probs: Probs, y_plus: Classes) -> Mask:
    """Return the rows (b,) where the student's argmax over (b, K) is not y+ (b,)."""
    out: Mask = student_probs.argmax(1) != y_plus
    return out


def discrepancy_weights(student_probs: Probs, y_plus: Classes, alpha: float = ALPHA) -> Vector:
    """Return row weights (b,): alpha where the student's argmax is not y+, else 1.

    The student is the one trained *before* the batch arrived.
    """
    return np.where(discrepant(student_probs, y_plus), alpha, 1.0)
