"""Smallest margin: the rows where the student wavers between two classes."""

from __future__ import annotations

import numpy as np

from mollia.about import JUDGED_ONCE, about
from mollia.arrays import Probs, Vector
from mollia.protocols import View
from mollia.query.ranking import highest
from mollia.records import Picked


@about(most=JUDGED_ONCE)
def margin(view: View, n: int, rng: np.random.Generator, /) -> Picked:  # noqa: ARG001  # no chance involved
    """Return the n rows with the smallest difference of the two highest probabilities."""
    return highest(-margins(view.probs), n)


def margins(probs: Probs) -> Vector:
    """Return highest minus second-highest probability (m,) of (m, K); 1 when K = 1."""
    if probs.shape[1] == 1:
        return np.where(np.isnan(probs[:, 0]), np.nan, 1.0)
    top = np.partition(probs, -2, axis=1)[:, -2:]
    out: Vector = np.where(np.isnan(probs).any(1), np.nan, top[:, 1] - top[:, 0])
    return out
