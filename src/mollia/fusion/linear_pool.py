"""The last step: a linear pool of the fused posterior with what each LLM says alone.

    P = w_f P_fused + sum_i w_i o_i + w_mean mean(o) + w_flat / K + w_J J

The weights are those of a mixture, by EM on held-out values of the human rows under a Dirichlet prior: an LLM that
dominates the others is followed, and an answer that no human row bears out is doubted. J is the supervised view. Without
human rows that are held out (too few, or of one class) the prior's weights stand; without any, those of `NO_LABELS`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mollia.arrays import Classes, PanelMass, Probs, Vector
from mollia.fusion.observation import has_answer, mean_over_llms

# Pseudo-counts of the Dirichlet prior, of all LLMs together.
FUSED, LLMS, MEAN, FLAT, VIEW = 5.0, 1.0, 0.25, 0.1, 0.5
NO_LABELS = (0.75, 0.225, 0.025)  # weights of P_fused, the mean and the flat distribution
STEPS, TOLERANCE = 200, 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearPool:
    """Weights that sum to 1: of P_fused, each LLM (N,), the mean, the flat distribution, and J (0 without one)."""

    fused: float
    llms: Vector
    mean: float
    flat: float
    view: float = 0.0

    def posterior(self, P: Probs, o: PanelMass, J: Probs | None = None) -> Probs:
        """Return the pooled posterior (n, K) from P (n, K), observations o (n, N, K) and J (n, K)."""
        mean = mean_over_llms(o)
        out: Probs = self.fused * P + np.einsum("nik,i->nk", o, self.llms) + self.mean * mean
        silent = (~has_answer(o)) @ self.llms  # (n,): an LLM without an answer says what the panel says
        out += silent[:, None] * mean
        out += self.flat / P.shape[1]
        if J is not None:
            out += self.view * J
        return out


def pseudo_counts(o: PanelMass, shares: Vector | None = None) -> Vector:
    """Return the Dirichlet prior's counts (N + 4,) for observations o (n, N, K); an LLM that never answered has none.

    `shares` (N,) are what the LLMs are known to be worth, by default alike.
    """
    answered = has_answer(o).any(0) * (np.ones(o.shape[1]) if shares is None else shares)
    llms = LLMS * answered / max(float(answered.sum()), 1e-9)
    return np.concatenate([[FUSED], llms, [MEAN, FLAT, VIEW]])


def prior_pool(alpha: Vector) -> LinearPool:
    """Return the pool of some human labels that are too few to learn from, without a supervised view."""
    return _named(np.concatenate([alpha[:-1], [0.0]]))


def unlabelled_pool(n_llms: int, shares: Vector | None = None) -> LinearPool:
    """Return the pool of a panel without human labels; with `shares` (N,) the LLMs stand in for their mean."""
    fused, mean, flat = NO_LABELS
    if shares is None:
        return LinearPool(fused=fused, llms=np.zeros(n_llms), mean=mean, flat=flat)
    return LinearPool(fused=fused, llms=mean * shares, mean=0.0, flat=flat)


def fit_linear_pool(  # noqa: PLR0917  # what speaks for each human row
    alpha: Vector, P: Probs, o: PanelMass, J: Probs, y: Classes, weight: Vector | None = None
) -> LinearPool:
    """Fit the weights on human rows: P (m, K) and J (m, K) held out, observations o (m, N, K), labels y (m,).

    `weight` (m,) is how much a row counts, by default 1.
    """
    own, counts = np.arange(len(y)), np.ones(len(y)) if weight is None else weight
    mean = mean_over_llms(o)[own, y]
    said = np.where(has_answer(o), o[own, :, y], mean[:, None])  # (m, N)
    flat = np.full(len(y), 1 / P.shape[1])
    density = np.column_stack([P[own, y], said, mean, flat, J[own, y]])  # (m, N + 4)
    w = alpha / alpha.sum()
    for _ in range(STEPS):
        share = density * w
        share /= np.maximum(share.sum(1, keepdims=True), 1e-12)
        new = ((counts[:, None] * share).sum(0) + alpha) / (counts.sum() + alpha.sum())
        moved, w = float(np.abs(new - w).max()), new
        if moved < TOLERANCE:
            break
    return _named(w)


def _named(w: Vector) -> LinearPool:
    w = w / w.sum()
    fused, mean, flat, view = (float(each) for each in (w[0], *w[-3:]))
    return LinearPool(fused=fused, llms=w[1:-3], mean=mean, flat=flat, view=view)
