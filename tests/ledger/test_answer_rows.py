import json

import numpy as np
import pytest

from mollia.ledger.answer_rows import COLUMNS, answer_of, row_of
from mollia.records import Answer

ANSWER = Answer(
    key="k",
    text_id="r1",
    llm="gemma",
    replies=("yes", "half a pair \ud800"),
    label_logprobs=np.array([-0.1, -np.inf]),
    votes=np.array([1.0, 0.0]),
    calls=2,
)
AT = {name: at for at, name in enumerate(COLUMNS.split(", "))}


def test_an_answer_comes_back_as_it_was():
    found = answer_of(row_of(ANSWER, 1.0)[:-1])
    assert (found.key, found.text_id, found.llm, found.replies) == ("k", "r1", "gemma", ANSWER.replies)
    assert found.label_logprobs.tolist() == ANSWER.label_logprobs.tolist()
    assert found.votes.tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("replies", "[1"),
        ("replies", "{}"),
        ("replies", "[1]"),
        ("replies", "[" * 100_000),
        ("label_logprobs", '["a"]'),
        ("label_logprobs", "[[1], [1, 2]]"),
        ("votes", "[[1.0, 0.0]]"),
        ("votes", json.dumps({"yes": 1})),
    ],
)
def test_a_cell_of_another_shape_is_refused(column, cell):
    row = list(row_of(ANSWER, 1.0)[:-1])
    row[AT[column]] = cell
    with pytest.raises((ValueError, TypeError, RecursionError)):
        answer_of(tuple(row))
