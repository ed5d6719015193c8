"""Y-: the classes that a text almost surely is not."""

from __future__ import annotations

import numpy as np

from mollia.arrays import Mask, PanelMass, Probs
from mollia.fusion.observation import distributions
from mollia.records import PanelAnswers

PAPER_THRESHOLD = 0.001
POSTERIOR_THRESHOLD = 0.01


def paper_rule(z: PanelMass, asked: Mask | None = None, *, threshold: float = PAPER_THRESHOLD) -> Mask:
    """Return Y- (n, K) of the paper: classes whose mean z_i over the panel is at most .001.

    The mean is over the LLMs that gave any mass for the row (and were asked); a row without
    mass has no Y-, for silence denies nothing.

    Parameters
    ----------
    z : (n, N, K)
        Label probabilities; vote shares where a panel has no probabilities.
    asked : (n, N), optional
    """
    mass = z if asked is None else np.where(asked[:, :, None], z, 0.0)
    n_heard = (mass.sum(2) > 0).sum(1)[:, None]
    mean = mass.sum(1) / np.maximum(n_heard, 1)
    out: Mask = (mean <= threshold) & (n_heard > 0)
    return out


def answers_rule(X: PanelAnswers, *, threshold: float = PAPER_THRESHOLD) -> Mask:
    """Return Y- (n, K) by the paper's rule, with c_i where an LLM has no z_i for a row."""
    has_z = X.z.sum(2, keepdims=True) > 0
    return paper_rule(np.where(has_z, X.z, distributions(X.c)), X.asked, threshold=threshold)


def posterior_rule(posterior: Probs, *, threshold: float = POSTERIOR_THRESHOLD) -> Mask:
    """Return Y- (n, K): classes whose calibrated posterior is at most the threshold.

    The expected share of rows whose class is in Y- is then at most (K - 1) times the threshold,
    and in practice far less (FUSION: precision of at least .988).
    """
    out: Mask = posterior <= threshold
    return out
