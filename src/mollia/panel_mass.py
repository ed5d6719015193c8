"""What masses over the classes must be: numbers from 0 that sum to 1 at most, for each row and LLM."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mollia.arrays import PanelMass
from mollia.errors import DataError

ROUNDING = 1e-5  # float32 masses may sum to a hair over 1


def check_mass(name: str, mass: PanelMass, ids: Sequence[str], llms: Sequence[str]) -> None:
    """Refuse masses `name` that are not (n, N, K), negative, not finite, or sum to over 1.

    Raises
    ------
    DataError
        With row and LLM.
    """
    if mass.ndim != 3 or mass.shape[:2] != (len(ids), len(llms)):  # noqa: PLR2004  # (n, N, K)
        raise DataError(
            f"{name} has shape {mass.shape}, expected (n, N, K) with n = {len(ids)} ids and N = {len(llms)} LLMs."
        )
    if mass.min(initial=0) < 0 or not np.isfinite(mass.max(initial=0)):
        row, llm = np.argwhere(~np.isfinite(mass) | (mass < 0))[0][:2]
        raise DataError(
            f"{name} of row {ids[row]!r}, LLM {llms[llm]!r} is negative or not a number: {mass[row, llm].tolist()}.",
            hint="Use zeros where an LLM gave no usable answer.",
        )
    over = (
        mass @ np.ones(mass.shape[2], mass.dtype) > 1 + ROUNDING
    )  # (n, N); as `sum`, in a fraction of its time
    if over.any():
        row, llm = np.argwhere(over)[0]
        raise DataError(
            f"{name} of row {ids[row]!r}, LLM {llms[llm]!r} sums to {mass[row, llm].sum():.3f}; at most 1 is possible.",
            hint="Divide such rows by their sum, or set them to zero.",
        )
