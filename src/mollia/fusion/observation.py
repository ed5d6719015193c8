"""What an LLM said about a row, as one distribution: the common ground of the fusers.

Missing is not zero: an LLM that was not asked, or gave nothing usable, has an all-zero row
and counts nowhere.
"""

from __future__ import annotations

import numpy as np

from mollia.arrays import Classes, Mask, PanelMass, Probs, clog
from mollia.records import PanelAnswers

FLOOR = 0.02  # added before the log of an observation: how wrong a sure LLM may be


def distributions(mass: PanelMass) -> PanelMass:
    """Return each row of mass (n, N, K) divided by its sum; rows without mass stay zero."""
    total = mass.sum(2, keepdims=True)
    out: PanelMass = np.divide(mass, total, out=np.zeros_like(mass), where=total > 0)
    return out


def probabilities(X: PanelAnswers) -> PanelMass:
    """Return z_i as distributions (n, N, K), zero where unasked or unusable.

    The published code's z is not a distribution: a token's mass goes to every class whose name
    holds it (docs/method.md, section 7).
    """
    return distributions(np.where(X.asked[:, :, None], X.z, 0.0))


def shares(X: PanelAnswers) -> PanelMass:
    """Return c_i as distributions (n, N, K), zero where unasked or without a usable sample."""
    return distributions(np.where(X.asked[:, :, None], X.c, 0.0))


def observe(X: PanelAnswers) -> PanelMass:
    """Return o_i = norm(norm(z_i) / 2 + c_i / 2), (n, N, K); norm(c_i) where there is no z_i.

    An unusable c_i leaves norm(z_i); without either the row is zero (FUSION, step 1).
    """
    z = probabilities(X)
    c = np.where(X.asked[:, :, None], X.c, 0.0)
    return distributions(z + c)


def has_answer(o: PanelMass) -> Mask:
    """Return where an LLM gave something usable, (n, N)."""
    out: Mask = o.sum(2) > 0
    return out


def usable_answers(X: PanelAnswers) -> Mask:
    """Return where an LLM was asked and gave any mass, (n, N)."""
    out: Mask = X.asked & (has_answer(X.z) | has_answer(X.c))
    return out


def mean_over_llms(mass: PanelMass) -> Probs:
    """Return the mean over the LLMs that answered (n, K); uniform where none was."""
    n_answered = has_answer(mass).sum(1)[:, None]
    out: Probs = np.where(n_answered > 0, mass.sum(1) / np.maximum(n_answered, 1), 1.0 / mass.shape[2])
    return out


def log_observation(o: PanelMass) -> PanelMass:
    """Return L_ik = clog(o_ik + .02), (n, N, K), zero where the LLM gave no answer."""
    out: PanelMass = clog(o, FLOOR)
    out[~has_answer(o)] = 0.0
    return out


def hard_answers(X: PanelAnswers) -> Classes:
    """Return each LLM's most probable class (n, N), -1 where it gave nothing usable."""
    o = observe(X)
    said: Classes = np.where(has_answer(o), o.argmax(2), -1)
    return said
