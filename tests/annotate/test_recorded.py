import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mollia.annotate.prompt import make_questions
from mollia.annotate.recorded import RecordedAnnotator, sub_distributions
from mollia.errors import DataError

CLASSES = ["a", "b", "c"]


def ask(annotator, ids):
    return list(annotator.annotate(make_questions(ids, ids, instruction="?", classes=CLASSES)))


def test_answers_come_by_text_id_in_the_questions_order():
    recorded = RecordedAnnotator(
        "yi",
        ["1", "2", "3"],
        replies=[["a", "b"], None, None],
        probs=[[0.1, 0.2, 0.3], None, [0.5, 0.25, 0.0]],
        votes=[[1, 0, 0], [0, 0.5, 0.1], None],
    )
    three, one, two, four = ask(recorded, ["3", "1", "2", "4"])
    assert one.replies == ("a", "b")
    assert one.votes is None, "raw replies are read anew"
    np.testing.assert_allclose(np.exp(one.label_logprobs), [0.1, 0.2, 0.3])
    assert one.unseen_mass == pytest.approx(0.4)
    np.testing.assert_allclose(two.votes, [0, 0.5, 0.1])
    assert two.label_logprobs is None
    np.testing.assert_array_equal(three.label_logprobs, [np.log(0.5), np.log(0.25), -np.inf])
    assert (four.problem, four.llm) == ("not recorded", "yi")


@pytest.mark.parametrize(
    ("mass", "expected"),
    [
        ([0.3, 0.2, 0.1], [0.3, 0.2, 0.1]),  # a sub-distribution stays as it is
        ([0.6, 0.6, 0.0], [0.5, 0.5, 0.0]),  # a token that fits two classes was credited twice
        ([0.97, 0.97, 0.972], None),  # an empty token was credited to all: case O14
        ([0.2, 0.2, 0.2], None),
        ([0.0, 0.0, 0.0], None),
    ],
)
def test_masses_become_sub_distributions_and_rows_that_say_nothing_are_missing(mass, expected):
    (found,) = sub_distributions(np.array([mass]), informed=True)
    np.testing.assert_allclose(found, [np.nan] * 3 if expected is None else expected)


@given(st.lists(st.lists(st.floats(0, 5), min_size=4, max_size=4), min_size=1, max_size=5))
def test_no_row_sums_to_more_than_one_and_the_order_of_classes_stays(mass):
    found = sub_distributions(np.array(mass), informed=False)
    assert (found.sum(1) <= 1 + 2e-5).all()
    assert (found.argmax(1) == np.argmax(mass, 1)).all()


def test_the_fingerprint_follows_the_content():
    def print_(**columns):
        return RecordedAnnotator("yi", ["1"], **columns).fingerprint()

    prints = [
        print_(replies=[["a"]]),
        print_(replies=[["b"]]),
        print_(votes=[[1, 0, 0]]),
        print_(probs=[[0.9, 0.1, 0]]),
        print_(probs=[[0.8, 0.1, 0]]),
    ]
    assert len(set(prints)) == 5
    assert print_(replies=[["a"]]) == prints[0]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"ids": ["1", "1"]}, "'1' twice"),
        ({"ids": ["1", "2"], "replies": [["a"]]}, "1 rows of replies for 2 ids"),
        ({"ids": ["1", "2"], "probs": [[0.1, 0.1, 0.1], [0.1, -0.1, 0]]}, "row '2' are negative"),
        ({"ids": ["1"], "votes": [[0.1, float("nan"), 0]]}, "row '1' are negative or no numbers"),
        ({"ids": ["1", "2"], "votes": [[0.1, 0, 0], [0.1, 0.2]]}, "row '2' are 2, others 3"),
    ],
)
def test_wrong_recordings_are_named(columns, said):
    with pytest.raises(DataError, match=said):
        RecordedAnnotator("yi", **columns)


def test_another_number_of_classes_is_refused():
    with pytest.raises(DataError, match="2 masses a row, the task has 3 classes"):
        ask(RecordedAnnotator("yi", ["1"], probs=[[0.5, 0.4]]), ["1"])
