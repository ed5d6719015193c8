"""Where people labelled the same rows: how far they agree, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from mollia.honest.agreement import krippendorff_alpha
from mollia.kappa import cohen_kappa
from mollia.ledger.human_table import Said
from mollia.people.agreement import label_table
from mollia.people.settled import independent

PEOPLE = 3  # from as many on, one figure for all is given too


def agreement(said: Sequence[Said]) -> list[str]:
    """Return one sentence a pair with common rows, and one for everybody from three people on."""
    said = independent(said)
    people = sorted({each.annotator for each in said})
    labels = label_table(said, people)
    out = []
    for i, j in combinations(range(len(people)), 2):
        both = (labels[:, i] >= 0) & (labels[:, j] >= 0)
        if both.any():
            equal = int((labels[both, i] == labels[both, j]).sum())
            kappa = _figure("Cohen's kappa", cohen_kappa(labels[:, i], labels[:, j]))
            out.append(f"{people[i]} and {people[j]} agree on {equal} of {int(both.sum())} rows{kappa}.")
    if len(people) >= PEOPLE and out:
        out.append(f"All together: Krippendorff's alpha {krippendorff_alpha(labels):.2f}.")
    return out


def _figure(name: str, value: float) -> str:
    return "" if np.isnan(value) else f" ({name} {value:.2f})"
