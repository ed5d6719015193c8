"""Y-: the classes that a text almost surely is not."""

from __future__ import annotations

import numpy as np

from mollia.arrays import Classes, Floats, Mask, PanelMass, Probs, most_probable
from mollia.fusion.observation import distributions, has_answer, mean_over_llms, observe
from mollia.records import PanelAnswers

PAPER_THRESHOLD = 0.001
LEVEL = 0.01  # at most this share of rows may have their class in Y-
ROOM = 0.75  # of the promise is planned for: small probabilities are the least well calibrated
PLANNED = ROOM * LEVEL
# Answers, spread evenly over the classes, that are added where no human label checks the posterior.
KNOWS_NOTHING = 1.0
SURE_ROWS = 50  # with fewer human rows less is planned for, in proportion: their check says little


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
    n_answered = (mass.sum(2) > 0).sum(1)[:, None]
    mean = mass.sum(1) / np.maximum(n_answered, 1)
    out: Mask = (mean <= threshold) & (n_answered > 0)
    return out


def answers_rule(X: PanelAnswers, *, threshold: float = PAPER_THRESHOLD) -> Mask:
    """Return Y- (n, K) by the paper's rule, with c_i where an LLM has no z_i for a row."""
    has_z = X.z.sum(2, keepdims=True) > 0
    return paper_rule(np.where(has_z, X.z, distributions(X.c)), X.asked, threshold=threshold)


def expected_share(posterior: Probs) -> Floats:
    """Return what denying each class costs: the expected share of rows with their class in Y-, (n, K).

    A class of a row is denied together with all classes of all rows that are no more probable, equals
    among them; their posterior, summed and divided by n, is the share of rows whose true class is there.
    """
    values, which, times = np.unique(posterior, return_inverse=True, return_counts=True)
    costs = (values * times).cumsum() / max(len(posterior), 1)
    out: Floats = costs[which].reshape(posterior.shape)
    return out


def share_rule(posterior: Probs, *, level: float = PLANNED) -> Mask:
    """Return Y- (n, K): the least probable classes over all rows, as many as an expected share `level` allows.

    No other rule of equal expected share denies more classes. A row keeps its most probable class.
    """
    return _but_the_label(_cheapest(posterior, level), posterior)


def _cheapest(posterior: Probs, level: float) -> Mask:
    """Return where `expected_share` (n, K) is at most `level`; the values are put in order once, and not found again."""
    values, times = np.unique(posterior, return_counts=True)
    costs = (values * times).cumsum() / max(len(posterior), 1)
    n_denied = int(np.searchsorted(costs, level, side="right"))
    out: Mask = posterior <= values[n_denied - 1] if n_denied else np.zeros(posterior.shape, bool)
    return out


def unchecked_rule(
    X: PanelAnswers, posterior: Probs, *, level: float = PLANNED, added: float = KNOWS_NOTHING
) -> Mask:
    """Return Y- (n, K) of a posterior that no human label has checked, and that may be far too sure.

    The share rule, on what is left of it beside the panel's answers: the larger of the posterior and the mean
    answer, with the weight of the row's answers, and `added` answers that are spread evenly over the classes.
    """
    o = observe(X)
    n_answers = has_answer(o).sum(1)[:, None]
    seen = np.maximum(posterior, mean_over_llms(o))
    doubted = (n_answers * seen + added / X.n_classes) / np.maximum(n_answers + added, 1.0)
    return _but_the_label(_cheapest(doubted, level), posterior)


def _but_the_label(denied: Mask, posterior: Probs) -> Mask:
    """Return the denied classes (n, K) without each row's label."""
    out = denied.copy()
    out[np.arange(len(posterior)), most_probable(posterior)] = False
    return out


def checked_level(held_out: Probs, y: Classes, *, level: float = LEVEL) -> float:
    """Return the expected share that held-out human rows bear out, at most ROOM times `level` (less below 50 rows).

    held_out (m, K) are cross-fitted posteriors, y (m,) the labels. Of m rows, floor(level (m + 1)) may
    have their class in Y-, as in split conformal prediction; a row that would be one too many
    lowers the share to half of what its own class costs.
    """
    costs = np.sort(expected_share(held_out)[np.arange(len(y)), y])
    allowed = int(level * (len(y) + 1))
    planned = ROOM * level * min(1.0, len(y) / SURE_ROWS)
    return min(planned, float(costs[allowed]) / 2) if allowed < len(costs) else planned
