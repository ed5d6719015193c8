"""The gate: whether the text says anything about the classes."""

from __future__ import annotations

import numpy as np

from mollia.arrays import Probs
from mollia.kappa import cohen_kappa

CLOSED_AT = 0.4  # kappa at which text is useless (.26-.38 where co-training hurt)
OPEN_OVER = 0.1  # kappa above that at which it is used in full


def gate(panel: Probs, text: Probs) -> float:
    """Return g = clip((kappa - .4) / .1, 0, 1) of the two views' labels (FUSION, step 5).

    panel (n, K) is the posterior without text, text (n, K) the first leave-one-out Q.
    """
    agreement = np.nan_to_num(
        cohen_kappa(panel.argmax(1), text.argmax(1))
    )  # 0 where chance alone explains all
    return float(np.clip((agreement - CLOSED_AT) / OPEN_OVER, 0.0, 1.0))
