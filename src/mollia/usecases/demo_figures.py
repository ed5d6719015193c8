"""What the demo shows beside a run's own figures: larger LLMs asked alone, and what became of the vote's labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from mollia.arrays import Classes, Mask
from mollia.data.label_columns import BY_PEOPLE
from mollia.fusion import MoLAM, fuse
from mollia.loop.result import RunResult
from mollia.quality.gold_scores import MOLAM, GoldScore, against_gold, llm_labels, scored_rows
from mollia.quality.panel_labels import labelled
from mollia.session.panel_file import read_panel

REPAIRED = "MoLAM repaired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """How the labels differ from the majority vote's on the rows that nobody labelled.

    Of `changed` labels `better` are right where the vote was wrong, `worse` wrong where it was right, the others
    wrong in both. `most` of the better ones went from class `before` to class `after`.
    """

    changed: int
    better: int
    worse: int
    before: str
    after: str
    most: int


def beside_the_panel(result: RunResult, names: Mapping[str, str]) -> RunResult:
    """Return the result with scores of LLMs that the data file holds and the panel does not.

    `names` gives, by column, the name to show.
    """
    asked = read_panel(result.pool.source, result.classes, llms=list(names)).answers
    rows = _scored(result)
    own = llm_labels(asked)  # (n, number of names)
    alone: dict[str, GoldScore] = {
        name: against_gold(own[:, asked.llms.index(column)], result.pool.gold, rows)
        for column, name in names.items()
    }
    return replace(result, scores={**result.scores, **alone})


def beside_molam(result: RunResult, *, random_state: int) -> RunResult:
    """Return the result with the score of MoLAM repaired after that of MoLAM as published."""
    rows, by_people = _scored(result), np.isin(result.source, BY_PEOPLE)
    known: Classes = np.where(by_people, result.fused.label, -1)
    molam = MoLAM(variant="repaired", random_state=random_state, n_jobs=1)
    P = fuse(result.panel, known, method=molam).posterior
    found = against_gold(P.argmax(1), result.pool.gold, rows, P.max(1))
    both: dict[str, GoldScore] = {}
    for name, score in result.scores.items():
        both |= {MOLAM: score, REPAIRED: found} if name == MOLAM else {name: score}
    return replace(result, scores=both)


def changes(result: RunResult) -> Changes:
    """Compare the labels with the majority vote's, on the rows that nobody labelled."""
    rows = _scored(result)
    vote: Classes = fuse(result.panel, np.full(len(rows), -1), method="vote").label[rows]
    label, gold = result.fused.label[rows], result.pool.gold[rows]
    better = (vote != gold) & (label == gold)
    worse = (vote == gold) & (label != gold)
    pairs = Counter(zip(vote[better].tolist(), label[better].tolist(), strict=True))
    (before, after), most = pairs.most_common(1)[0]
    return Changes(
        changed=int((vote != label).sum()),
        better=int(better.sum()),
        worse=int(worse.sum()),
        before=result.classes[before],
        after=result.classes[after],
        most=most,
    )


def _scored(result: RunResult) -> Mask:
    """Return the rows (n,) that score: they have gold and a label, which no person gave."""
    by_people = np.isin(result.source, BY_PEOPLE)
    rows: Mask = scored_rows(result.pool, by_people) & labelled(result.source)
    return rows
