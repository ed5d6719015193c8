"""How far the people who labelled the same rows agree, as one figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Classes
from mollia.honest.agreement import krippendorff_alpha
from mollia.ledger.human_table import Said
from mollia.people.settled import independent


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Krippendorff's alpha (nominal) among `labellers`, people or LLMs, over the `rows` that two of them or more labelled."""

    labellers: int
    rows: int
    alpha: float


def agreement_among(labels: Classes) -> Agreement | None:
    """Return how far labellings (rows, labellers) agree, -1 = no label; None where no two can be compared."""
    known = labels >= 0
    both = int((known.sum(1) > 1).sum())
    alpha = krippendorff_alpha(labels) if both else math.nan
    if math.isnan(alpha):
        return None
    return Agreement(labellers=int(known.any(0).sum()), rows=both, alpha=alpha)


def people_agree(said: Sequence[Said]) -> Agreement | None:
    """Return how far people agree in words given without others' in sight; None where no two labelled the same row."""
    said = independent(said)
    people = sorted({each.annotator for each in said})
    return agreement_among(label_table(said, people)) if len(people) > 1 else None


def label_table(said: Sequence[Said], people: Sequence[str]) -> Classes:
    """Return labels (rows, people), -1 where a person gave none."""
    ids = list(dict.fromkeys(each.text_id for each in said))
    labels = np.full((len(ids), len(people)), -1)
    at_row, at_person = {id_: i for i, id_ in enumerate(ids)}, {who: j for j, who in enumerate(people)}
    for each in said:
        labels[at_row[each.text_id], at_person[each.annotator]] = max(each.y, -1)
    return labels
