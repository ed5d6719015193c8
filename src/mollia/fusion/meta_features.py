"""h(x): what MoLAM sees of a text."""

from __future__ import annotations

import numpy as np

from mollia.arrays import Floats
from mollia.fusion.observation import usable_answers
from mollia.records import PanelAnswers


def meta_features(X: PanelAnswers, *, filled: bool = False) -> Floats:
    """Return h(x) = [z_1, c_1, ..., z_N, c_N], (n, 2 N K) (docs/method.md, section 3).

    An LLM that was not asked, was given up, or said nothing usable is zeros, as in the paper; `filled`: the mean
    of those that answered the text, zeros where none did. Never NaN: if no human label lies on a row without an
    answer of the LLM, trees have not learned which way to send it.
    """
    usable = usable_answers(X)[:, :, None]  # (n, N, 1)
    both = np.where(usable, np.concatenate([X.z, X.c], axis=2), 0.0)  # (n, N, 2K)
    if filled:
        mean = both.sum(1, keepdims=True) / np.maximum(usable.sum(1, keepdims=True), 1)
        both = np.where(usable, both, mean)
    h: Floats = both.reshape(len(X), both.shape[1] * both.shape[2])
    return h
