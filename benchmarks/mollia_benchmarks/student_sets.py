"""What the student is taught on and scored on: a pool with its panel, and texts that nothing else sees."""

from __future__ import annotations

from functools import cache

import numpy as np

from mollia.data.read import read_table
from mollia_benchmarks import paper_sets
from mollia_benchmarks.datasets import MAX_CHARACTERS, data_folder, load
from mollia_benchmarks.paper_sets import ALL_ROWS, Exam

TAUGHT = 0.7  # the share of consumer_complaints that may be labelled; it has no test set
CHARACTERS = MAX_CHARACTERS


@cache
def course(name: str) -> Exam:
    """Return a set as pool and test rows.

    trec and policy_en score on their official test sets, pubmed on ids 8000 to 9999, consumer_complaints
    on three tenths of its rows, always the same, drawn at random.

    Raises
    ------
    DataError
        When the recorded panels are not there.
    """
    if name in paper_sets.SETS:
        return paper_sets.exam(name)
    recorded = load(name, most=ALL_ROWS)
    if (data_folder() / f"{name}_test.parquet").is_file():
        table = read_table(str(data_folder() / f"{name}_test.parquet"))
        number = {label: k for k, label in enumerate(recorded.classes)}
        test_gold = np.array([number.get(str(label), -1) for label in table.columns["gold"]])
        known = np.flatnonzero(test_gold >= 0).tolist()
        test_texts = tuple(str(table.columns["text"][row])[:CHARACTERS] for row in known)
        test_gold, rows = test_gold[known], np.arange(len(recorded))
    else:
        order = np.random.default_rng(0).permutation(len(recorded))
        rows, tests = np.split(order, [int(TAUGHT * len(order))])
        test_texts, test_gold = tuple(recorded.texts[row] for row in tests.tolist()), recorded.gold[tests]
    seen = set(test_texts)
    rows = np.array([row for row in rows.tolist() if recorded.texts[row] not in seen])
    return Exam(
        name=name,
        classes=recorded.classes,
        answers=recorded.answers[rows],
        gold=recorded.gold[rows],
        texts=tuple(recorded.texts[row] for row in rows.tolist()),
        test_texts=test_texts,
        test_gold=test_gold,
    )
