"""What "complete" means: the thresholds, what goes before what, and what is said."""

import numpy as np
import pytest

from mollia.exit_codes import DONE, LLM_FAILED, MEANINGS, PARTIAL, UNSURE
from mollia.ledger.panel_matrix import PanelMatrix
from mollia.quality.completeness import completeness, named_instead, rows_labelled, won_beside
from mollia.records import PanelAnswers

N = 100


def read(*, usable=(N, N), asked=None, **more):
    """What was read of two LLMs that gave usable answers to their first rows, of class 0."""
    c = np.zeros((N, 2, 2))
    was_asked = np.zeros((N, 2), bool)
    for i, number in enumerate(usable):
        c[:number, i, 0] = 1.0
        was_asked[: (asked or (N, N))[i], i] = True
    answers = PanelAnswers(ids=map(str, range(N)), llms=("a", "b"), z=np.zeros_like(c), c=c, asked=was_asked)
    return PanelMatrix(answers=answers, **{"names_none": np.zeros((N, 2), bool)} | more)


def rows(labelled=N, texts=None, by_student=0):
    has = np.arange(N) < labelled
    return rows_labelled(has, texts, by_student=np.arange(N) >= N - by_student if by_student else None)


def test_all_answered_and_labelled_is_complete_and_says_nothing():
    found = completeness(read(), rows())
    assert (found.status, found.exit_code, found.lacking, found.working) == ("complete", DONE, (), "2")


@pytest.mark.parametrize(("labelled", "status"), [(95, "complete"), (94, "incomplete")])
def test_a_few_rows_without_label_do_not_decide(labelled, status):
    found = completeness(read(), rows(labelled))
    assert found.status == status
    assert found.lacking == (() if status == "complete" else ("6 of 100 texts have no label.",))


def test_texts_without_words_count_nowhere():
    texts = [" "] * 40 + ["word"] * 60
    given = read(usable=(N, N))
    found = completeness(given, rows_labelled(np.arange(N) >= 40, texts))
    assert (found.status, found.llms[0].asked) == ("complete", 60)


@pytest.mark.parametrize(("usable", "status"), [(50, "complete"), (49, "incomplete"), (0, "incomplete")])
def test_an_llm_that_answers_under_half_of_its_texts_has_failed(usable, status):
    found = completeness(read(usable=(N, usable), failed={"b": "HTTP 500: out of memory"}), rows())
    assert found.status == status
    if status == "incomplete":
        assert (found.exit_code, found.working) == (LLM_FAILED, "1 of 2")
        assert "HTTP 500: out of memory" in found.lacking[0]


def test_an_llm_that_was_given_up_has_failed_however_much_it_answered():
    found = completeness(
        read(usable=(N, 90), asked=(N, 91), stopped={"b": "b: no key (HTTP 401: gone)."}), rows()
    )
    assert found.lacking == ("b was given up after 90 usable answers: no key (HTTP 401: gone).",)
    assert found.exit_code == LLM_FAILED


def test_a_used_up_quota_is_partial_and_its_llm_has_not_failed():
    found = completeness(read(usable=(N, 0), asked=(N, 1), paused={"b": "b: until tomorrow."}), rows())
    assert (found.status, found.exit_code, found.partial) == ("partial", PARTIAL, "b: until tomorrow.")
    assert not found.failed


def test_rows_that_nobody_was_asked_about_are_partial_and_a_students_labels_are_no_excuse():
    found = completeness(read(usable=(40, 40), asked=(40, 40)), rows(by_student=60), trained_on=11)
    assert (found.status, found.exit_code) == ("partial", PARTIAL)
    assert found.lacking == (
        "The panel was not asked about 60 of 100 rows.",
        "60 of them have the label of a student that learned from 11 rows.",
    )
    assert completeness(read(usable=(40, 40), asked=(40, 40)), rows(), in_full=False).status == "complete"


def test_answers_that_name_no_class_end_with_their_own_code():
    names_none = np.zeros((N, 2), bool)
    names_none[:10, 1] = True
    given = {"unnamed": {"a": {"billing": 4}, "b": {"billing": 6, "<b>": 1}}}
    few = completeness(read(names_none=names_none, **given), rows())
    assert few.status == "complete", "10 of 200 are 5 %"
    names_none[:11, 1] = True
    many = completeness(read(names_none=names_none, **given), rows())
    assert (many.status, many.exit_code) == ("incomplete", UNSURE)
    assert "11 of 200 answers name none of the classes" in many.lacking[0]
    assert named_instead(read(**given)) == [
        "Replies that name none of the classes, the most frequent first: “billing” 10 x (a, b); “<b>” 1 x (b)."
    ]


def test_a_failed_llm_goes_before_a_cap_and_a_cap_before_unnamed_answers():
    names_none = np.ones((N, 2), bool)
    dead = {"stopped": {"b": "gone"}}
    assert completeness(read(names_none=names_none, **dead), rows(), partial="cap").exit_code == LLM_FAILED
    assert completeness(read(names_none=names_none), rows(), partial="cap").exit_code == PARTIAL
    assert completeness(read(names_none=names_none), rows()).exit_code == UNSURE


def test_rows_won_beside_answers_that_name_no_class_are_named():
    names_none = np.zeros((N, 2), bool)
    names_none[7, 1] = True
    given = read(usable=(N, 7), names_none=names_none)
    (said,) = won_beside(given, np.zeros(N, np.int64), np.ones(N, bool))
    assert "1 row was labelled" in said
    assert said.endswith("look at 7.")
    assert won_beside(given, np.zeros(N, np.int64), np.arange(N) != 7) == []


def test_every_code_has_a_meaning():
    assert {DONE, LLM_FAILED, PARTIAL, UNSURE} <= set(MEANINGS)
