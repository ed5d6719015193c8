"""The parts a panel is made of: one LLM's label probabilities z_i, or its vote shares c_i."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mollia.errors import DataError
from mollia.records import PanelAnswers

View = Literal["z", "c"]
VIEWS: tuple[View, View] = ("z", "c")
MOST_SAMPLES = 100  # a share that is not a fraction of at most so many samples tells no T


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Part:
    """One view of one LLM: what can be left out of a panel."""

    llm: str
    view: View

    def __str__(self) -> str:
        """Name it as the paper does."""
        return f"{self.view} of {self.llm}"


def parts_of(X: PanelAnswers) -> tuple[Part, ...]:
    """Return the parts that hold any answer, in the panel's order; an LLM's z comes before its c."""
    mass = {"z": X.z, "c": X.c}
    return tuple(
        Part(llm=llm, view=view)
        for i, llm in enumerate(X.llms)
        for view in VIEWS
        if (mass[view][:, i] * X.asked[:, i, None]).any()
    )


def llms_of(parts: Iterable[Part]) -> tuple[str, ...]:
    """Return the LLMs that parts belong to, each once, in order."""
    return tuple(dict.fromkeys(part.llm for part in parts))


def restricted(X: PanelAnswers, parts: Collection[Part]) -> PanelAnswers:
    """Return X as if only these parts had been asked: other LLMs are gone, other views are empty.

    Raises
    ------
    DataError
        When a part's LLM is not on the panel, or no part is left.
    """
    if not parts:
        raise DataError("A panel needs at least one part.")
    kept = [llm for llm in X.llms if any(part.llm == llm for part in parts)]
    kept += [part.llm for part in parts if part.llm not in X.llms]  # refused by name in `subpanel`
    small = X.subpanel(kept)
    z, c = small.z.copy(), small.c.copy()
    for i, llm in enumerate(kept):
        if Part(llm=llm, view="z") not in parts:
            z[:, i] = 0.0
        if Part(llm=llm, view="c") not in parts:
            c[:, i] = 0.0
    return replace(small, z=z, c=c)


def samples_of(X: PanelAnswers, llm: str) -> int:
    """Return T as an LLM's vote shares tell it: the fewest samples of which all shares are fractions.

    0 without votes; 1 where no T up to 100 fits.
    """
    shares = np.unique(X.c[:, X.llms.index(llm)])
    if not shares.any():
        return 0
    for samples in range(1, MOST_SAMPLES + 1):
        counts = shares * samples
        if np.abs(counts - counts.round()).max() < 1e-6 * samples:  # rounding
            return samples
    return 1
