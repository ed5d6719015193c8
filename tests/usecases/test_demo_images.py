import numpy as np
import pytest
from sklearn.datasets import load_digits

from mollia.usecases.demo_images import CLASSES, members, panel_answers


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X.reshape(-1, 8, 8), y


def said(answers, name):
    """The class numbers that a member gave, by its labels or its probabilities."""
    if name in answers:
        return np.array([int(label) for label in answers[name]])
    return np.array([answers[f"{name}_prob_{label}"] for label in CLASSES], float).argmax(0)


def test_what_a_member_says_depends_on_the_rows_it_was_taught_and_on_no_label_of_the_others(digits):
    images, y = digits
    rows, taught = np.arange(300), np.arange(600, 1000)
    answers = panel_answers(images, y, rows=rows, taught=taught)
    other = y.copy()
    other[:600] = 0
    assert panel_answers(images, other, rows=rows, taught=taught) == answers
    other = y.copy()
    other[600:1000] = np.roll(y[600:1000], 1)
    assert panel_answers(images, other, rows=rows, taught=taught) != answers


def test_the_members_are_of_different_kinds_and_err_differently(digits):
    images, y = digits
    rows = np.arange(400)
    answers = panel_answers(images, y, rows=rows, taught=np.arange(600, 1000))
    wrong = {each.name: said(answers, each.name) != y[rows] for each in members()}
    assert len({type(each.model()) for each in members()}) >= 5
    for name, mistakes in wrong.items():
        assert 0.1 < mistakes.mean() < 0.7, name
        for other, theirs in wrong.items():
            assert name == other or np.corrcoef(mistakes, theirs)[0, 1] < 0.6, (name, other)
