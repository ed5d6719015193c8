"""How good a posterior is on rows whose gold label is known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mollia.arrays import Classes, Mask, Probs, Vector
from mollia.honest.calibration_error import brier, log_loss

N_BINS = 15
FLOOR_DRAWS = 20  # simulated outcomes of which the floor is the mean


def calibration_error(confidence: Vector, right: Mask, *, equal_mass: bool) -> float:
    """Return the expected calibration error over 15 bins of equal width, or of equal mass.

    As papers report it: equal-mass bins differ by one row at most and may split rows of equal confidence, where
    `honest.calibration_error` never does, which shows a person what stands at each confidence.
    """
    if equal_mass:
        groups = np.array_split(np.argsort(confidence, kind="stable"), N_BINS)
    else:
        number = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
        groups = [np.flatnonzero(number == bin_) for bin_ in range(N_BINS)]
    gaps = [abs(right[rows].sum() - confidence[rows].sum()) for rows in groups if len(rows)]
    return float(sum(gaps) / len(confidence))


def error_floor(confidence: Vector) -> float:
    """Return the error over 15 bins of equal width that perfectly calibrated confidences (n,) show by chance alone.

    The mean over twenty simulated outcomes, each row right with the probability it states.
    """
    rng = np.random.default_rng(0)
    return float(
        np.mean(
            [
                calibration_error(confidence, rng.random(len(confidence)) < confidence, equal_mass=False)
                for _ in range(FLOOR_DRAWS)
            ]
        )
    )


def lead(posterior: Probs, other: Probs, gold: Classes) -> tuple[float, float]:
    """Return by how much the labels of one posterior (n, K) are more often right than another's, and its standard error.

    Paired: only rows that one has right and the other has not add to the error.
    """
    gain = (posterior.argmax(1) == gold).astype(float) - (other.argmax(1) == gold)
    return float(gain.mean()), float(gain.std() / np.sqrt(len(gain)))


def area_under_risk(confidence: Vector, right: Mask) -> float:
    """Return the mean error rate over all coverages, surest rows first (risk-coverage area).

    Rows of equal confidence count one by one, in the file's order; `honest.risk_coverage` keeps or drops them
    together, as a threshold does.
    """
    wrong = ~right[np.argsort(-confidence, kind="stable")]
    return float((np.cumsum(wrong) / np.arange(1, len(wrong) + 1)).mean())


def score(posterior: Probs, gold: Classes) -> Mapping[str, float]:
    """Return accuracy, calibration, Brier score, log loss, risk-coverage area of (n, K) against gold (n,)."""
    confidence = posterior.max(1)
    right = posterior.argmax(1) == gold
    return {
        "accuracy": float(right.mean()),
        "ece": calibration_error(confidence, right, equal_mass=False),
        "ece_floor": error_floor(confidence),
        "ece_mass": calibration_error(confidence, right, equal_mass=True),
        "brier": brier(posterior, gold),
        "log_loss": log_loss(posterior, gold),
        "risk": area_under_risk(confidence, right),
    }


def score_negative(negative: Mask, posterior: Probs, gold: Classes) -> Mapping[str, float]:
    """Return how often gold is not in Y- (n, K), |Y-| / K, and what the posterior says of the first."""
    hit = negative[np.arange(len(gold)), gold]
    return {
        "negative_precision": float(1 - hit.mean()),
        "negative_coverage": float(negative.mean()),
        "negative_expected": float((posterior * negative).sum(1).mean()),
    }
