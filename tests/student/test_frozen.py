import json

import numpy as np
import pytest
from sklearn.base import clone

from mollia.arrays import one_hot
from mollia.encode.lexical import Lexical
from mollia.errors import DataError
from mollia.student.frozen import FrozenStudent


def test_it_learns_what_the_words_say(texts, y):
    student = FrozenStudent().fit(texts, one_hot(y, 3))
    assert (student.predict(texts) == y).all()
    assert student.predict(["the goalkeeper lost the match"]) == [0]
    probs = student.predict_proba(texts)
    assert probs.shape == (len(texts), 3)
    assert np.allclose(probs.sum(1), 1)


def test_refitting_forgets_what_was_learned_before(texts, y):
    student = FrozenStudent()
    once = student.fit(texts, one_hot(y, 3)).predict_proba(texts)
    student.fit(texts[:2], one_hot(np.array([2, 2]), 3))
    assert np.array_equal(student.fit(texts, one_hot(y, 3)).predict_proba(texts), once)


@pytest.mark.parametrize(
    ("few", "labels"),
    [(["one text"], [1]), (["a", "b", ""], [2, 2, 2]), (["", ""], [0, 1])],
    ids=["one row", "one class", "empty texts only"],
)
def test_poor_training_sets_give_finite_probabilities(few, labels):
    student = FrozenStudent().fit(few, one_hot(np.array(labels), 3))
    probs = student.predict_proba(["one text", "", "unseen words", "€ 😀 مرحبا"])
    assert probs.shape == (4, 3)
    assert np.isfinite(probs).all()
    assert np.allclose(probs.sum(1), 1)
    assert student.classes_.tolist() == [0, 1, 2]
    if len(set(labels)) == 1:
        assert (probs.argmax(1) == labels[0]).all()
    assert student.embed(["a", ""]).shape[0] == 2


@pytest.mark.parametrize(
    ("labels", "weight", "said"),
    [
        (np.ones((2, 3)), None, "not a distribution"),
        (np.array([[np.nan, 0.5, 0.5], [1, 0, 0]]), None, "training row 0 is not a distribution"),
        (np.array([0, 1]), None, r"shape \(n, K\)"),
        (np.eye(3)[:1], None, "n = 2"),
        (np.eye(3)[:2], np.array([1.0, -1.0]), "weight of training row 1 is -1.0"),
        (np.eye(3)[:2], np.ones(3), r"Weights \(3,\)"),
    ],
)
def test_impossible_lessons_are_refused_with_a_sentence(labels, weight, said):
    with pytest.raises(DataError, match=said):
        FrozenStudent().fit(["a", "b"], labels, sample_weight=weight)


def test_no_rows_are_refused():
    with pytest.raises(DataError, match="no rows"):
        FrozenStudent().fit([], np.zeros((0, 3)))


def test_a_clone_shares_the_fitted_encoder_and_forgets_the_head(texts, y):
    encoder = Lexical(dim=8).fit(texts)
    student = FrozenStudent(encoder, C=3.0).fit(texts, one_hot(y, 3))
    copy = clone(student)
    assert copy.get_params()["C"] == 3.0
    assert copy.encoder is encoder
    assert not hasattr(copy, "head_")
    copy.fit(texts, one_hot(y, 3))
    assert np.array_equal(copy.embed(texts), encoder.encode(texts))


def test_vectors_of_equal_topics_are_closer(texts, y):
    vectors = Lexical(dim=8).fit(texts).encode(texts)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    same = y[:, None] == y
    close = vectors @ vectors.T
    assert close[same].mean() > close[~same].mean() + 0.2


def test_passes_differ_a_little_and_repeat(texts, y):
    student = FrozenStudent().fit(texts, one_hot(y, 3))
    passes = student.passes(texts)
    assert passes.shape == (5, len(texts), 3)
    assert np.allclose(passes.sum(2), 1)
    assert (passes.std(0).max(1) > 0).all()
    assert np.abs(passes.mean(0) - student.predict_proba(texts)).max() < 0.2
    assert np.array_equal(passes, student.passes(texts))


def test_settings_are_json(texts):
    assert json.dumps(Lexical(dim=4).get_params())
