"""What another machine's ledger holds is taken over whole, and means the same there and here."""

import numpy as np
import pytest

from mollia.errors import StoreError
from mollia.ledger.human_table import UNSURE
from mollia.ledger.sqlite_store import open_store
from mollia.people.ledger_sync import CLASSES
from mollia.records import Answer, HumanLabels
from mollia.usecases.merge_ledgers import take_over


def say(store, use, y, *, who="kim", note="", chance=0.5):
    n = len(y)
    labels = HumanLabels(
        ids=tuple(y),
        y=[*y.values()],
        chance=np.full(n, chance),
        use=use,
        batch=np.full(n, 2),
        size=np.full(n, 10),
    )
    store.add_human(labels, annotator=who, note=note)


@pytest.fixture
def ledgers(tmp_path):
    with open_store(tmp_path / "own.sqlite") as own, open_store(tmp_path / "other.sqlite") as other:
        yield own, other


def said(store, use):
    return {(each.text_id, each.y, each.annotator, each.note, each.batch) for each in store.said(use)}


def test_answers_and_labels_come_with_who_gave_them_and_how_they_were_drawn(ledgers):
    own, other = ledgers
    other.add([Answer(key=f"k{i}", text_id=f"r{i}", llm="gemma", replies=("a",)) for i in range(3)])
    own.add([Answer(key="k0", text_id="r0", llm="gemma", replies=("b",))])
    say(other, "seed", {"r0": 1, "r1": 0})
    say(other, "seed", {"r2": UNSURE}, who="lou", note="two topics")
    say(other, "review", {"r7": 1}, who="lou")
    say(own, "seed", {"r0": 0}, who="max")
    assert take_over(own, other) == (2, 2)
    assert said(own, "seed") == {
        ("r0", 0, "max", "", 2),
        ("r1", 0, "kim", "", 2),
        ("r2", UNSURE, "lou", "two topics", 2),
    }
    assert said(own, "review") == {("r7", 1, "lou", "", 2)}
    assert own.human("seed").chance.tolist() == [0.5, 0.5]
    assert {a.key: a.replies for a in own.all_answers()} == {"k0": ("b",), "k1": ("a",), "k2": ("a",)}
    assert take_over(own, other) == (0, 0), "nothing is taken over twice"


def test_classes_in_another_order_keep_their_names(ledgers):
    own, other = ledgers
    own.note({CLASSES: ["refund", "delivery", "other"]})
    other.note({CLASSES: ["delivery", "refund"]})
    say(other, "seed", {"r0": 0, "r1": 1, "r2": UNSURE})
    take_over(own, other)
    assert {(each.text_id, each.y) for each in own.said("seed")} == {("r0", 1), ("r1", 0), ("r2", UNSURE)}


def test_a_class_that_is_not_there_is_named_and_nothing_is_copied(ledgers):
    own, other = ledgers
    own.note({CLASSES: ["refund", "delivery"]})
    other.note({CLASSES: ["delivery", "refunds"]})
    other.add([Answer(key="k", text_id="r0", llm="gemma", replies=("a",))])
    say(other, "audit", {"r0": 1})
    with pytest.raises(
        StoreError, match=r'human labels of the class "refunds", which .*own\.sqlite does not have'
    ):
        take_over(own, other)
    assert [*own.all_answers()] == []
    assert own.said("audit") == []


def test_a_new_ledger_takes_the_order_of_the_classes_too(ledgers):
    own, other = ledgers
    other.note({CLASSES: ["delivery", "refund"]})
    say(other, "seed", {"r0": 1})
    take_over(own, other)
    assert own.manifest()[CLASSES] == ["delivery", "refund"]


def test_a_label_of_no_class_is_damage(ledgers):
    own, other = ledgers
    other.note({CLASSES: ["delivery", "refund"]})
    say(other, "seed", {"r0": 2})
    with pytest.raises(StoreError, match="a human label is none of its 2 classes"):
        take_over(own, other)
    assert CLASSES not in own.manifest()
