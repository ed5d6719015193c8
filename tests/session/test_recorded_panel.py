"""Recorded answers are read without a ledger; the way through one gives the same, number by number."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mollia.annotate.ask_panel import ask_panel
from mollia.annotate.prompt import make_questions
from mollia.annotate.question_keys import panel_keys
from mollia.annotate.recorded import recorded_annotator
from mollia.data.panel_columns import LlmColumns, PanelColumns
from mollia.ledger.panel_matrix import panel_matrix
from mollia.ledger.sqlite_store import open_store
from mollia.records import Pool
from mollia.replies.parse import parse_reply
from mollia.session.annotators import recording
from mollia.session.recorded_panel import recorded_matrix

NAMES = (("refund", "money back"), ("delivery",), ("other",))
REPLIES = st.sampled_from(
    ["refund", "Delivery.", "money back", "refund or delivery", "shipping", "", "not other", "parcel  lost"]
)
MASS = st.one_of(
    st.none(),
    st.tuples(*[st.sampled_from([0.0, 0.001, 1 / 3, 0.3, 0.9, 1.0])] * 3),
    st.tuples(*[st.floats(0, 3)] * 3),
)


@st.composite
def panels(draw):
    n = draw(st.integers(1, 6))

    def rows(of):
        return draw(st.lists(of, min_size=n, max_size=n))

    def column():
        masses = draw(st.booleans()) and rows(MASS)
        return masses if masses and any(mass is not None for mass in masses) else None

    llms = tuple(
        LlmColumns(
            name=name,
            replies=[tuple(each) for each in rows(st.lists(REPLIES, max_size=4))],
            probs=column(),
            votes=column(),
        )
        for name in ("a", "b")
    )
    texts = tuple(rows(st.sampled_from(["", "one", "two "])))
    pool = Pool(ids=tuple(map(str, range(n))), texts=texts, gold=np.full(n, -1))
    return PanelColumns(pool=pool, llms=llms, has_text=True)


def through_a_ledger(columns):
    annotators = [recorded_annotator(each.name, recording(each, columns.pool.ids)) for each in columns.llms]
    questions = make_questions(
        columns.pool.ids, columns.pool.texts, instruction="", classes=[each[0] for each in NAMES]
    )
    with TemporaryDirectory() as folder, open_store(Path(folder) / "ledger.sqlite") as store:
        ask_panel(questions, annotators, store)
        keys = panel_keys(questions, annotators)
        return panel_matrix(store, keys, columns.pool.ids, NAMES, parse=parse_reply)


@given(panels())
def test_the_way_without_a_ledger_gives_what_the_way_through_one_gives(columns):
    ours, theirs = recorded_matrix(columns, NAMES, parse=parse_reply), through_a_ledger(columns)
    for name in ("z", "c", "asked"):
        assert (getattr(ours.answers, name) == getattr(theirs.answers, name)).all(), name
    assert ours.answers.ids == theirs.answers.ids
    assert (ours.names_none == theirs.names_none).all()
    for name in ("unparsed", "problems", "thin", "failed", "unnamed"):
        assert getattr(ours, name) == getattr(theirs, name), name
