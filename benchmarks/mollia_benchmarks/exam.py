"""A recorded panel cut in two: a pool that may be labelled, and texts that only score."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, Mask
from mollia.data.duplicates import group
from mollia.data.read import read_table
from mollia.encode.counted import Counted
from mollia.encode.lexical import Lexical
from mollia.errors import DataError
from mollia.query.pool_view import distinct_rows
from mollia.records import PanelAnswers
from mollia_benchmarks import DATA
from mollia_benchmarks.datasets import Recorded, gold_of, load, texts_of
from mollia_benchmarks.described import Described

POOL_SHARE = 0.7  # of the rows of a set that does not say which of them score


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    """A pool of n distinct texts with its panel, and t texts to score on, none of which is in the pool."""

    name: str
    data: Path
    about: Described
    answers: PanelAnswers
    gold: Classes  # (n,)
    texts: tuple[str, ...]
    test_texts: tuple[str, ...]
    test_gold: Classes  # (t,)

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the K classes."""
        return self.about.labels

    @property
    def pool(self) -> Recorded:
        """The pool as a set of its own."""
        return Recorded(
            name=self.name,
            data=self.data,
            about=self.about,
            answers=self.answers,
            gold=self.gold,
            texts=self.texts,
        )


@cache
def exam(name: str, data: Path = DATA, *, most: int | None = None) -> Exam:
    """Read a set as pool and test texts; the set's description says which rows score (`Described`).

    Of equal texts the pool keeps the first; texts that score are left out of it. `most` keeps the
    first rows of the pool only, for a quick look.

    Raises
    ------
    DataError
        When the set is not there, or its test rows are not what labels.json says.
    """
    recorded = load(name, data, most=None)
    if recorded.about.test is None:
        scores = _scoring(recorded)
        test_texts = tuple(recorded.texts[row] for row in np.flatnonzero(scores).tolist())
        test_gold = recorded.gold[scores]
    else:
        scores = np.zeros(len(recorded), bool)
        path = data / recorded.about.test
        table = read_table(str(path))
        test_gold = gold_of(table, recorded.classes, path)
        known = np.flatnonzero(test_gold >= 0)
        test_texts, test_gold = texts_of(table, known), test_gold[known]
    rows = _pool_rows(recorded, scores, test_texts)[:most]
    if not len(rows) or not len(test_gold):
        raise DataError(
            f'The set "{name}" in {data} leaves {len(rows)} texts to label and {len(test_gold)} to score on.',
            hint="labels.json says which rows score: test or test_from_id.",
        )
    return Exam(
        name=name,
        data=data,
        about=recorded.about,
        answers=recorded.answers[rows],
        gold=recorded.gold[rows],
        texts=tuple(recorded.texts[row] for row in rows.tolist()),
        test_texts=test_texts,
        test_gold=test_gold,
    )


@cache
def lexical(name: str, data: Path = DATA, *, most: int | None = None) -> Counted:
    """Return the lexical encoder fitted on the pool; the grams of all texts are counted once."""
    taken = exam(name, data, most=most)
    return Counted(Lexical().fit(taken.texts), [*taken.texts, *taken.test_texts])


def _scoring(recorded: Recorded) -> Mask:
    """Tell which rows (n,) of a pool without a test file score."""
    first = recorded.about.test_from_id
    if first is not None:
        ids = recorded.answers.ids
        strange = next((id_ for id_ in ids if not id_.isdecimal()), None)
        if strange is not None:
            raise DataError(
                f'The set "{recorded.name}" has test_from_id, but its id "{strange}" is not a whole number.',
                hint="Number the rows, or name a test file in labels.json.",
            )
        return np.array([int(id_) >= first for id_ in ids])
    scores = np.zeros(len(recorded), bool)
    scores[np.random.default_rng(0).permutation(len(recorded))[int(POOL_SHARE * len(recorded)) :]] = True
    return scores


def _pool_rows(recorded: Recorded, scores: Mask, test_texts: tuple[str, ...]) -> Classes:
    """Return the first row of each text that does not score."""
    n_tests = len(test_texts)
    groups = group([*test_texts, *recorded.texts])
    own = np.flatnonzero(~scores) + n_tests
    known = np.concatenate([np.arange(n_tests), np.flatnonzero(scores) + n_tests])
    rows: Classes = np.intersect1d(distinct_rows(groups, known), own) - n_tests
    return rows
