import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mollia.errors import DataError, StoreError
from mollia.ledger.answer_rows import row_of
from mollia.ledger.panel_matrix import panel_matrix
from mollia.ledger.sqlite_store import open_store
from mollia.records import Answer
from mollia.replies.parse import parse_reply

CLASSES = (("a",), ("b",), ("c",))
NUMBERS = st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=3, max_size=3)
ANSWERS = st.builds(
    dict,
    replies=st.lists(st.sampled_from(["a", "b", "C.", "no idea", ""]), max_size=5).map(tuple),
    label_logprobs=st.none() | NUMBERS.map(lambda z: np.minimum(np.array(z), 0)),
    votes=st.none() | NUMBERS.map(lambda c: np.abs(np.nan_to_num(np.array(c), posinf=0, neginf=0)) % 1 / 3),
    problem=st.none() | st.sampled_from(["HTTP 500: oops", "stopped: no key"]),
)


def matrix(store, keys):
    return panel_matrix(store, {"yi": keys}, [f"t{i}" for i in range(len(keys))], CLASSES, parse=parse_reply)


@settings(max_examples=50, deadline=None)
@given(st.lists(ANSWERS, min_size=1, max_size=6))
def test_many_answers_are_read_as_one_by_one(tmp_path_factory, answers):
    with open_store(tmp_path_factory.mktemp("ledger") / "ledger.sqlite") as store:
        keys = [f"k{at}" for at in range(len(answers))]
        store.add(
            Answer(key=key, text_id=key, llm="yi", **each) for key, each in zip(keys, answers, strict=True)
        )
        together = matrix(store, keys)
        for at, key in enumerate(keys):
            alone = matrix(store, [key])
            for name in ("z", "c", "asked"):
                assert np.array_equal(getattr(together.answers, name)[at], getattr(alone.answers, name)[0])
            assert together.names_none[at] == alone.names_none[0]
        counts = [matrix(store, [key]).unparsed["yi"] for key in keys]
        assert sum(counts, type(counts[0])()) == together.unparsed["yi"]


def test_an_answer_to_another_number_of_classes_is_named_among_many(tmp_path):
    with open_store(tmp_path / "ledger.sqlite") as store:
        store.add(Answer(key=f"k{n}", text_id=f"row {n}", llm="yi", votes=np.ones(3) / 3) for n in range(5))
        store.add([Answer(key="k5", text_id="row 5", llm="yi", votes=np.ones(2) / 2)])
        with pytest.raises(DataError, match="for row 'row 5' has 2 probabilities, the task has 3 classes"):
            matrix(store, [f"k{n}" for n in range(6)])


@pytest.mark.parametrize("cell", ["[0.1, 0.2", "no list", "[0.1, 0.2, [0.3]]", "0.5"])
def test_a_damaged_cell_is_named_among_many(tmp_path, cell):
    with open_store(tmp_path / "ledger.sqlite") as store:
        store.add(Answer(key=f"k{n}", text_id=f"row {n}", llm="yi", votes=np.ones(3) / 3) for n in range(5))
        with store._writing() as db:
            db.execute("UPDATE answers SET votes = ? WHERE key = 'k3'", (cell,))
        with pytest.raises(StoreError, match='is damaged: the answer of yi to row "row 3" cannot be read'):
            matrix(store, [f"k{n}" for n in range(5)])


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=4))
def test_numbers_are_written_as_json(numbers):
    written = row_of(Answer(key="k", text_id="t", llm="yi", votes=np.array(numbers, float)), 0.0)[5]
    assert written == json.dumps(numbers)
    assert all(
        a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(json.loads(written), numbers, strict=True)
    )
