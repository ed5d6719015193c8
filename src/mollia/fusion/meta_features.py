"""h(x): what MoLAM sees of a text."""

from __future__ import annotations

import numpy as np

from mollia.arrays import Floats
from mollia.records import PanelAnswers


def meta_features(X: PanelAnswers) -> Floats:
    """Return h(x) = [z_1, c_1, ..., z_N, c_N], (n, 2 N K) (docs/method.md, section 3).

    As in the paper an unusable answer is zeros; an LLM that was not asked is NaN, which the
    trees treat as missing.
    """
    both = np.concatenate([X.z, X.c], axis=2)  # (n, N, 2K)
    both = np.where(X.asked[:, :, None], both, np.nan)
    h: Floats = both.reshape(len(X), both.shape[1] * both.shape[2])
    return h
