"""Y-: the classes that a text almost surely is not."""

from __future__ import annotations

import numpy as np

from mollia.arrays import Classes, Floats, Mask, PanelMass, Probs
from mollia.fusion.observation import distributions
from mollia.records import PanelAnswers

PAPER_THRESHOLD = 0.001
LEVEL = 0.01  # at most this share of rows may have their class in Y-


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


def tail(posterior: Probs) -> Floats:
    """Return, for each class (n, K), the summed posterior of the classes no more probable than it."""
    order = posterior.argsort(1, kind="stable")
    summed = np.take_along_axis(posterior, order, 1).cumsum(1)
    out = np.empty_like(posterior)
    np.put_along_axis(out, order, summed, 1)
    return out


def tail_rule(posterior: Probs, *, level: float = LEVEL) -> Mask:
    """Return Y- (n, K): the least probable classes, as many as have a summed posterior up to `level`.

    If the posterior is calibrated, at most a share `level` of the rows has its class in Y-.
    """
    out: Mask = tail(posterior) <= level
    return out


def checked_level(held_out: Probs, y: Classes, *, level: float = LEVEL) -> float:
    """Return the level at which held-out human rows bear the promise out, at most `level`.

    held_out (m, K) are cross-fitted posteriors, y (m,) the labels. Of m rows, floor(level (m + 1)) may
    have their class in Y-, as in split conformal prediction; a row that would be one too many
    lowers the level to half its tail.
    """
    tails = np.sort(tail(held_out)[np.arange(len(y)), y])
    allowed = int(level * (len(y) + 1))
    return min(level, float(tails[allowed]) / 2) if allowed < len(tails) else level
