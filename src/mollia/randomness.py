"""All randomness: one generator per purpose, from one `random_state`."""

from __future__ import annotations

import zlib

import numpy as np


def generator(random_state: int | None, *purpose: str | int) -> np.random.Generator:
    """Return a generator; the same state and purpose give the same stream.

    Parameters
    ----------
    random_state : int or None
        None draws fresh entropy from the system.
    purpose : str or int
        What the stream is for (`"seed"`, `"round", 3`), so that one part's draws do
        not shift another's.
    """
    if random_state is None:
        return np.random.default_rng()
    words = [p if isinstance(p, int) else zlib.crc32(p.encode()) for p in purpose]
    return np.random.default_rng(np.random.SeedSequence([random_state, *words]))


def child_seed(random_state: int | None, *purpose: str | int) -> int:
    """Return an int for libraries that take no Generator, from `generator`'s stream."""
    return int(generator(random_state, *purpose).integers(2**31 - 1))
