"""`MolliaClassifier` as scikit-learn expects an estimator to be.

Of scikit-learn's checks those that need no data run here as they are. `check_estimator` itself yields nothing further for an
estimator whose X is texts (tag `two_d_array` False): all its other checks fit arrays of numbers, which no text classifier
takes. What they check is checked below on texts: not fitted, refitted, cloned, pickled, in a pipeline, under cross-validation.
"""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks as checks
from tests.conftest import CLASSES, WORDS

import mollia
from mollia import MolliaClassifier
from mollia.errors import MolliaError

N = 90
WITHOUT_DATA = (
    checks.check_estimator_cloneable,
    checks.check_estimator_tags_renamed,
    checks.check_valid_tag_types,
    checks.check_estimator_repr,
    checks.check_no_attributes_set_in_init,
    checks.check_do_not_raise_errors_in_init_or_set_params,
    checks.check_mixin_order,
    checks.check_parameters_default_constructible,
    checks.check_get_params_invariance,
    checks.check_set_params,
)


@pytest.fixture(scope="module")
def shop():
    """Texts, their true classes, and what two LLMs of different worth said."""
    rng = np.random.default_rng(3)
    gold = np.array([CLASSES[i % 3] for i in range(N)])
    texts = [", ".join(rng.choice(WORDS[name], 2)) + f" number {i}" for i, name in enumerate(gold)]
    panel = pd.DataFrame(
        {
            llm: np.where(rng.random(N) < right, gold, rng.choice(CLASSES, N))
            for llm, right in (("a", 0.9), ("b", 0.7))
        }
    )
    return texts, gold, panel


@pytest.fixture(scope="module")
def sparse(shop):
    return [name if i < 20 else None for i, name in enumerate(shop[1])]


@pytest.fixture(scope="module")
def fitted(shop, sparse):
    return MolliaClassifier().fit(shop[0], sparse, panel=shop[2])


@pytest.mark.parametrize("check", WITHOUT_DATA, ids=lambda check: check.__name__)
def test_scikit_learns_checks_that_need_no_data(check):
    check("MolliaClassifier", MolliaClassifier())


def test_check_estimator_has_nothing_else_for_texts():
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        checks.check_estimator(MolliaClassifier())
    assert [each.category for each in told if "requires input" in str(each.message)] == [SkipTestWarning]


def test_it_learns_from_the_panel_and_predicts_from_texts(fitted, shop, sparse):
    texts, gold, _ = shop
    assert is_classifier(fitted)
    assert fitted.classes_.tolist() == sorted(CLASSES)
    probs = fitted.predict_proba(texts)
    assert probs.shape == (N, 3)
    np.testing.assert_allclose(probs.sum(1), 1)
    np.testing.assert_array_equal(fitted.predict(texts), fitted.classes_[probs.argmax(1)])
    assert fitted.score(texts[20:], gold[20:]) > 0.9
    assert fitted.fused_.calibrated
    np.testing.assert_array_equal(fitted.fused_.human, [each is not None for each in sparse])


def test_it_is_what_fuse_and_the_student_give(fitted, shop, sparse):
    panel = mollia.read_panel(shop[2], labels=sorted(CLASSES), llms=["a", "b"])
    y = [sorted(CLASSES).index(name) if name else -1 for name in sparse]
    fused = mollia.fuse(panel.answers, y, texts=shop[0])
    np.testing.assert_array_equal(fitted.fused_.posterior, fused.posterior)
    given = MolliaClassifier(classes=sorted(CLASSES)).fit(shop[0], sparse, panel=panel.answers)
    np.testing.assert_array_equal(given.predict_proba(shop[0]), fitted.predict_proba(shop[0]))


def test_forms_of_panel_and_labels_say_the_same(fitted, shop, sparse):
    texts, _, panel = shop
    numbers = np.array([fitted.classes_.tolist().index(name) if name else -1 for name in sparse])
    for form in (panel.to_dict("list"), panel.to_numpy()):
        other = MolliaClassifier().fit(np.array(texts), pd.Series(sparse), panel=form)
        np.testing.assert_allclose(other.predict_proba(texts), fitted.predict_proba(texts))
    by_number = MolliaClassifier(method="vote").fit(texts, numbers, panel=np.zeros((N, 2), int))
    assert by_number.classes_.tolist() == [0, 1, 2]
    assert set(by_number.predict(texts)) <= {0, 1, 2}


def test_without_a_panel_it_learns_from_the_labels_alone(shop, sparse):
    model = MolliaClassifier().fit(shop[0], sparse)
    assert model.fused_ is None
    assert model.score(shop[0][20:], shop[1][20:]) > 0.6


def test_an_unfitted_one_says_so(shop):
    with pytest.raises(NotFittedError):
        MolliaClassifier().predict_proba(shop[0])


def test_a_second_fit_and_a_clone_give_the_same(fitted, shop, sparse):
    before = fitted.predict_proba(shop[0])
    again = clone(fitted).fit(shop[0], sparse, panel=shop[2]).fit(shop[0], sparse, panel=shop[2])
    np.testing.assert_array_equal(again.predict_proba(shop[0]), before)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict_proba(shop[0]), before)  # noqa: S301  # our own
    np.testing.assert_allclose(fitted.predict_proba(shop[0][:7]), before[:7])


def test_it_goes_through_pipeline_cross_validation_and_search(shop):
    texts, gold, panel = shop
    scores = cross_val_score(MolliaClassifier(method="vote"), texts, gold, cv=3, params={"panel": panel})
    assert scores.mean() > 0.9
    found = GridSearchCV(MolliaClassifier(method="vote"), {"C": [0.1, 10]}, cv=2).fit(
        texts, gold, panel=panel
    )
    assert found.best_params_["C"] in {0.1, 10}
    pipe = make_pipeline(MolliaClassifier(method="vote"))
    pipe.fit(texts, gold, molliaclassifier__panel=panel)
    assert pipe.score(texts, gold) > 0.9


WRONG = {
    "numbers as texts": ({}, {"X": np.ones((N, 3))}, r"of shape \(90, 3\)"),
    "a frame as texts": ({}, {"X": pd.DataFrame({"text": ["a"] * N})}, "not one text per row"),
    "a number as a text": ({}, {"X": [5] * N}, "expected a text, found an int"),
    "one string": ({}, {"X": "text"}, "X is a str"),
    "nothing": ({}, {"X": None}, "X is a NoneType"),
    "fewer labels": ({}, {"y": ["NA"] * 5}, "y has 5 entries"),
    "no label": ({}, {"y": [None] * N}, "Only 0 of at least two"),
    "two kinds": ({}, {"y": [1, "a"] * (N // 2)}, "strings and numbers"),
    "a panel of one": ({}, {"panel": 5}, "panel is an int"),
    "a short panel": ({}, {"panel": pd.DataFrame({"a": ["NA"] * 5})}, "to each of the 90"),
    "C": ({"C": -1}, {}, "C of MolliaClassifier"),
    "classes": ({"classes": 3}, {}, "labels must be a list of class names, not an int"),
    "method": ({"method": "x"}, {}, "no fuser called"),
}


@pytest.mark.parametrize(("settings", "given", "said"), WRONG.values(), ids=WRONG)
def test_the_wrong_kind_is_told_in_our_words(settings, given, said, shop, sparse):
    with pytest.raises(MolliaError, match=said):
        MolliaClassifier(**settings).fit(**{"X": shop[0], "y": sparse, "panel": shop[2]} | given)
