"""Names for arrays, and the few array operations every part shares.

n rows, N LLMs, K classes, T samples, d embedding width.
"""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Classes: TypeAlias = NDArray[np.int64]  # (n,) class numbers, -1 = unknown
Rows: TypeAlias = NDArray[np.int64]  # (b,) positions; the docstring says in what
Vector: TypeAlias = NDArray[np.float64]  # (n,)
Probs: TypeAlias = NDArray[np.float64]  # (n, K), rows sum to 1
Matrix: TypeAlias = NDArray[np.float32]  # (n, d)
PanelMass: TypeAlias = NDArray[np.float64]  # (n, N, K), sums over K are <= 1
Floats: TypeAlias = NDArray[np.float64]  # any shape; the docstring says which
Mask: TypeAlias = NDArray[np.bool_]  # (n,), (n, N) or (n, K)
Array = TypeVar("Array", bound=NDArray[Any])


MANY = 50_000  # rows above which numbers are kept in single precision


def at_rest(n: int) -> type[np.float64]:
    """Return the type in which the numbers of n rows are kept: single precision above MANY; sums are taken in double."""
    return np.float32 if n > MANY else np.float64  # type: ignore[return-value]  # the names above say what they mean, not how they lie


def runs(start: Rows, size: Rows) -> Rows:
    """Return the positions of runs of `size` (m,) that begin at `start` (m,), one run after the other."""
    ends = np.append(0, np.cumsum(size))
    out: Rows = np.repeat(start - ends[:-1], size) + np.arange(ends[-1])
    return out


def read_only(values: ArrayLike, dtype: type[np.generic] | None) -> NDArray[np.generic]:
    """Return `values` read-only as `dtype`; None: numbers in single precision stay so, all others are double.

    They are copied, unless they are such an array already that nobody can write to.
    """
    if dtype is None:
        dtype = np.float32 if getattr(values, "dtype", None) == np.float32 else np.float64
    if isinstance(values, np.ndarray) and values.dtype == dtype and _is_frozen(values):
        return values
    return frozen(np.array(values, dtype=dtype))


def frozen(values: Array) -> Array:
    """Return a new array, made read-only, so that a record keeps it without a copy."""
    values.setflags(write=False)
    return values


def _is_frozen(values: NDArray[np.generic]) -> bool:
    """Tell whether neither an array nor what it is a view of can be written to."""
    inner: object = values
    while isinstance(inner, np.ndarray):
        if inner.flags.writeable:
            return False
        inner = inner.base
    return inner is None


def normalise(mass: Floats) -> Floats:
    """Divide by the sum over the last axis; a row without mass becomes uniform."""
    total = mass.sum(-1, keepdims=True)
    out: Floats = np.where(total > 0, mass / np.where(total > 0, total, 1.0), 1.0 / mass.shape[-1])
    return out


def softmax(scores: Floats) -> Floats:
    """Softmax over the last axis, safe for large scores."""
    out: Floats = scores - scores.max(-1, keepdims=True)
    np.exp(out, out=out)
    out /= out.sum(-1, keepdims=True)
    return out


def clog(p: Floats, eps: float) -> Floats:
    """Centred log: log(p + eps) minus its mean over the classes (last axis)."""
    out: Floats = p + eps
    np.log(out, out=out)
    out -= out.mean(-1, keepdims=True)
    return out


def one_hot(y: Classes, n_classes: int) -> Probs:
    """Rows of the identity for class numbers (n,); a row of zeros where y is -1."""
    out = np.zeros((len(y), n_classes))
    known = y >= 0
    out[np.flatnonzero(known), y[known]] = 1.0
    return out


def most_probable(p: Floats) -> Classes:
    """Return the class (n,) with the greatest probability or score in each row of (n, K), the first of equals."""
    label: Classes = p.argmax(1)
    return label
