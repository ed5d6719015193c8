"""The two sets of the paper whose answers were recorded, each cut into a pool and rows that only score."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from mollia.arrays import Classes
from mollia.data.duplicates import group
from mollia.data.read import read_table
from mollia.encode.counted import Counted
from mollia.encode.lexical import Lexical
from mollia.errors import DataError, did_you_mean
from mollia.query.pool_view import distinct_rows
from mollia.records import PanelAnswers
from mollia_benchmarks.datasets import MAX_CHARACTERS, Recorded, data_folder, load

SETS = ("trec", "pubmed")
ALL_ROWS = 10**9
HELD_OUT = 8000  # pubmed's ids from here on score


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    """A pool of n distinct texts with its panel, and t texts to score on, none of which is in the pool."""

    name: str
    classes: tuple[str, ...]
    answers: PanelAnswers
    gold: Classes  # (n,)
    texts: tuple[str, ...]
    test_texts: tuple[str, ...]
    test_gold: Classes  # (t,)


@cache
def exam(name: str, *, most: int = ALL_ROWS) -> Exam:
    """Read a set: trec scores on its official test set, pubmed on ids 8000 to 9999.

    Of equal texts the pool keeps the first; texts that score are left out of it. `most` keeps the
    first rows of the pool only, for a quick look.

    Raises
    ------
    DataError
        When the set is none of the two, or the recorded panels are not there.
    """
    if name not in SETS:
        raise DataError(
            f'The paper\'s protocol has no set "{name}".{did_you_mean(name, SETS)}',
            hint=f"Known: {', '.join(SETS)}.",
        )
    recorded = load(name, most=ALL_ROWS)
    scores = np.zeros(len(recorded), bool)
    if name == "trec":
        test_texts, test_gold = _official_test(recorded)
    else:
        scores = np.array([int(id_) >= HELD_OUT for id_ in recorded.answers.ids])
        test_texts = tuple(recorded.texts[row] for row in np.flatnonzero(scores))
        test_gold = recorded.gold[scores]
    groups = group([*test_texts, *recorded.texts])
    own = np.flatnonzero(~scores) + len(test_texts)
    known = np.concatenate([np.arange(len(test_texts)), np.flatnonzero(scores) + len(test_texts)])
    rows = np.intersect1d(distinct_rows(groups, known), own) - len(test_texts)
    rows = rows[:most]
    return Exam(
        name=name,
        classes=recorded.classes,
        answers=recorded.answers[rows],
        gold=recorded.gold[rows],
        texts=tuple(recorded.texts[row] for row in rows.tolist()),
        test_texts=test_texts,
        test_gold=test_gold,
    )


@cache
def lexical(name: str, *, most: int = ALL_ROWS) -> Counted:
    """Return the lexical encoder fitted on the pool; the grams of all texts are counted once."""
    taken = exam(name, most=most)
    return Counted(Lexical().fit(taken.texts), [*taken.texts, *taken.test_texts])


def _official_test(recorded: Recorded) -> tuple[tuple[str, ...], Classes]:
    table = read_table(str(data_folder() / f"{recorded.name}_test.parquet"))
    number = {label: k for k, label in enumerate(recorded.classes)}
    texts = tuple(str(text)[:MAX_CHARACTERS] for text in table.columns["text"])
    return texts, np.array([number[str(label)] for label in table.columns["gold"]])
