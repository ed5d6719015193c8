"""The gate: whether the text says anything about the classes."""

from __future__ import annotations

import numpy as np

from mollia.arrays import Classes, Probs

CLOSED_AT = 0.4  # kappa at which text is useless (.26-.38 where co-training hurt)
OPEN_OVER = 0.1  # kappa above that at which it is used in full


def kappa(a: Classes, b: Classes, n_classes: int) -> float:
    """Return Cohen's kappa of two labellings (n,); 0 where chance alone explains all."""
    if not len(a):
        return 0.0
    observed = float((a == b).mean())
    of_a, of_b = (np.bincount(x, minlength=n_classes) / len(x) for x in (a, b))
    expected = float(of_a @ of_b)
    return (observed - expected) / (1.0 - expected) if expected < 1.0 else 0.0


def gate(panel: Probs, text: Probs) -> float:
    """Return g = clip((kappa - .4) / .1, 0, 1) of the two views' labels (FUSION, step 5).

    panel (n, K) is the posterior without text, text (n, K) the first leave-one-out Q.
    """
    agreement = kappa(panel.argmax(1), text.argmax(1), panel.shape[1])
    return float(np.clip((agreement - CLOSED_AT) / OPEN_OVER, 0.0, 1.0))
