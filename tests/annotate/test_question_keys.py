"""Questions that are made when they are looked at, and their keys."""

import numpy as np
import pytest

from mollia.annotate import question_keys
from mollia.annotate.few_shot import Example
from mollia.annotate.prompt import make_questions
from mollia.annotate.question_keys import Keyed, keyed, panel_keys
from mollia.annotate.recorded import RecordedAnnotator
from mollia.strings import Strings

IDS = [f"r{i}" for i in range(7)]
TEXTS = ["one", "two", "", "two", "three", "four", "one"]
CLASSES = ["x", "y"]


def questions():
    return make_questions(IDS, TEXTS, instruction="Which?", classes=CLASSES)


def annotators():
    return [
        RecordedAnnotator(name, IDS, replies=[["x"]] * 7, votes=[[share, 0.1]] * 7)
        for name, share in (("a", 0.5), ("b", 0.6))
    ]


def test_a_question_is_the_same_however_it_is_reached():
    asked = questions()
    every = list(asked)
    assert [each.text_id for each in every] == IDS
    assert [asked[row] for row in range(7)] == every
    assert list(asked[2:5]) == every[2:5]
    assert list(asked.of(np.array([6, 0]))) == [every[6], every[0]]
    assert every[1].key == every[3].key != every[0].key


def test_each_row_keeps_its_own_examples_in_any_order():
    shown = [[Example(text_id="seed", text=f"example {i}", label=0)] for i in range(7)]
    asked = make_questions(IDS, TEXTS, instruction="Which?", classes=CLASSES, examples=shown)
    assert "example 6" in asked.of(np.array([6, 0]))[0].prompt.system
    assert "example 5" in asked[4:][1].prompt.system


@pytest.mark.parametrize("block", [2, 50])
def test_keys_of_very_many_questions_lie_in_arrow_memory_and_are_the_same(monkeypatch, block):
    plain = panel_keys(questions(), annotators())
    monkeypatch.setattr(question_keys, "BLOCK", block)
    monkeypatch.setattr(question_keys, "MANY", 3)
    many = panel_keys({"a": questions(), "b": questions()}, annotators())
    assert all(isinstance(keys, Strings) for keys in many.values())
    assert {llm: list(keys) for llm, keys in many.items()} == plain
    assert len(set(plain["a"]) | set(plain["b"])) == 14, "a recorded answer belongs to one row of one LLM"


def test_questions_under_their_keys_are_made_one_by_one_as_all_at_once():
    (annotator, _), asked = annotators(), questions()
    whole = keyed(asked, annotator, "print")
    some = Keyed(asked, annotator, "print", np.array([1, 4, 6]))
    assert list(some) == [whole[1], whole[4], whole[6]]
    assert some[0] == whole[1]
    assert list(some[1:]) == [whole[4], whole[6]]
    assert len(some) == 3
