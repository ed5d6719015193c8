"""What the panel as a whole says of each LLM: a prior of its confusions, and which errors it shares with others.

A fixed prior confusion believes that every LLM is right in 70 of 100 rows and errs evenly. With many classes or few rows
the prior decides, and panels differ: so the accuracy is the panel's, then the LLM's own, and the errors are those that the
panel makes (hierarchical Dawid-Skene; all counts C are the EM's expected ones):

    abar       = (sum_ik C_i[k, k] + 10 accuracy) / (sum C + 10)
    alpha_i    = (sum_k C_i[k, k] + 10 abar) / (sum C_i + 10)
    E[k, a]    ~ 3/N sum_i C_i[k, a] + 1/K   (a != k), rows sum to 1
    D_i[k, k]  = alpha_i,  D_i[k, a] = (1 - alpha_i) E[k, a]

LLMs that make the same errors are heard as fewer than they are: with r_i = o_i - Pi_i' R over all rows,

    omega_i    = 1 / sum_j max(cos(r_i, r_j), 0)
"""

from __future__ import annotations

import numpy as np

from mollia.arrays import Floats, PanelMass, Probs, Vector
from mollia.fusion.observation import has_answer

COUNT = 10.0  # rows that the prior of an accuracy stands for
SHARED = 3.0  # weight of the panel's mean errors against an even spread
LEAST, MOST = 0.02, 0.98  # an accuracy stays between
CHUNK = 2_000  # rows whose errors are held at a time


def prior_confusions(counts: Floats, accuracy: float) -> Floats:
    """Return D (N, K, K) from expected counts C (N, K, K) and the accuracy expected of any panel."""
    n_classes = counts.shape[1]
    own = np.arange(n_classes)
    right, total = np.einsum("ikk->i", counts), counts.sum((1, 2))
    n_answered = max(int(np.count_nonzero(total)), 1)
    abar = np.clip((right.sum() + COUNT * accuracy) / (total.sum() + COUNT), 1 / n_classes + LEAST, MOST)
    alpha = np.clip((right + COUNT * abar) / (total + COUNT), LEAST, MOST)  # (N,)
    errors = SHARED / n_answered * counts.sum(0) + 1 / n_classes  # (K, K)
    errors[own, own] = 0.0
    errors /= np.maximum(errors.sum(1, keepdims=True), 1e-12)
    D: Floats = (1 - alpha)[:, None, None] * errors
    D[:, own, own] = alpha[:, None] if n_classes > 1 else 1.0
    return D


def shared_errors(o: PanelMass, T: Probs, counts: Floats, weight: Vector) -> Vector:
    """Return omega (N,), each LLM's share in what it and the LLMs with the same errors say.

    o (n, N, K) are observations, T (n, K) what is believed of the rows, counts (N, K, K) the learned ones, weight (n,)
    how much a row counts.
    """
    confusion = counts / np.maximum(counts.sum(2, keepdims=True), 1e-10)
    counted = (has_answer(o) * np.sqrt(weight)[:, None]).T  # (N, n)
    products = np.zeros((o.shape[1], o.shape[1]))
    for start in range(0, len(o), CHUNK):
        rows = slice(start, start + CHUNK)
        residual = o[rows].transpose(1, 0, 2) - np.matmul(T[rows], confusion)  # (N, c, K)
        residual *= counted[:, rows, None]
        r = residual.reshape(len(residual), -1)
        products += r @ r.T
    norms = np.sqrt(np.maximum(np.diag(products), 1e-9))
    cosines = np.clip(products / norms[:, None] / norms, 0.0, 1.0)
    np.fill_diagonal(cosines, 1.0)
    omega: Vector = 1.0 / cosines.sum(1)
    return omega
