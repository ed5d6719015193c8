import numpy as np
import pytest

from mollia.errors import ParameterError
from mollia.fusion import Mean, MoLAM
from mollia.fusion.meta_features import meta_features
from mollia.fusion.molam import published_start
from mollia.records import PanelAnswers
from mollia.registry import find

SMALL = {"n_estimators": 60, "n_jobs": 1}


def test_it_learns_what_people_say_against_the_panel(panel, drawer):
    X, gold, _ = panel
    y = drawer((gold + 1) % 4, 150)
    P = MoLAM(**SMALL).fit(X, y).predict_proba(X)
    assert (P.argmax(1) == (gold + 1) % 4)[y < 0].mean() > 0.7


def test_sure_rows_join_the_training_set(panel, drawer):
    X, gold, _ = panel
    fuser = MoLAM(n_estimators=150, n_jobs=1).fit(X, drawer(gold, 60))
    assert fuser.n_pseudo_labels_ > 50
    assert MoLAM(**SMALL, max_rounds=0).fit(X, drawer(gold, 60)).n_pseudo_labels_ == 0


@pytest.mark.parametrize("y", [np.full(300, -1), np.append(np.full(299, -1), 2)])
def test_fewer_than_two_classes_fall_back_to_the_mean_and_say_so(panel, y):
    X, _, _ = panel
    fuser = MoLAM().fit(X, y)
    np.testing.assert_array_equal(fuser.predict_proba(X), Mean().fit(X, y).predict_proba(X))
    assert "fell back to the mean" in fuser.notes_[0]


def test_number_of_threads_does_not_change_the_result(panel, drawer):
    X, gold, _ = panel
    y = drawer(gold, 60)
    one, two = (MoLAM(n_estimators=20, max_rounds=2, n_jobs=n).fit_predict_proba(X, y) for n in (1, 2))
    np.testing.assert_allclose(one, two, atol=1e-5)


@pytest.fixture(scope="module")
def many_classes():
    """3 LLMs that are right three times in four, 12 classes, 300 rows, the first 48 of them labelled: 4 a class."""
    rng = np.random.default_rng(0)
    gold = np.arange(300) % 12
    said = np.where(rng.random((300, 3)) < 0.75, gold[:, None], rng.integers(12, size=(300, 3)))
    mass = np.eye(12)[said]
    X = PanelAnswers(ids=map(str, range(300)), llms=("a", "b", "c"), z=mass, c=mass)
    return X, gold, np.where(np.arange(300) < 48, gold, -1)


@pytest.mark.parametrize(("classes", "stored"), [(6, 0.20860854), (5, 0.23147519)])
def test_the_start_is_the_one_that_the_authors_saved_trec_and_pubmed_models_hold(classes, stored):
    assert published_start(classes) == pytest.approx(stored, abs=1e-7)


def test_the_trees_start_from_the_published_start(many_classes):
    X, _, y = many_classes
    fuser = MoLAM(n_estimators=1, learning_rate=1e-9, n_jobs=1).fit(X, y)
    np.testing.assert_allclose(fuser.trees_.predict_proba(np.zeros((2, 72))), published_start(12), atol=1e-6)


@pytest.mark.parametrize("variant", ["published", "repaired", "normalised"])
def test_sigma_is_compared_with_outputs_that_do_not_sum_to_one_or_with_their_shares(many_classes, variant):
    X, gold, _ = many_classes
    y = np.where(np.arange(300) < 120, gold, -1)  # enough for each variant to be sure of some rows
    some = {**SMALL, "sigma": 0.4, "variant": variant}
    outputs = MoLAM(**some, max_rounds=0).fit(X, y).trees_.predict_proba(meta_features(X))[y < 0]
    shares = outputs / outputs.sum(1, keepdims=True)
    above = {name: int((each.max(1) > 0.4).sum()) for name, each in (("raw", outputs), ("shares", shares))}
    assert above["raw"] != above["shares"]
    moved = MoLAM(**some, max_rounds=1).fit(X, y).n_pseudo_labels_
    assert moved == above["shares" if variant == "normalised" else "raw"]


def test_the_repaired_one_learns_from_few_labels_per_class_where_the_published_cannot(many_classes):
    X, gold, y = many_classes
    right = {}
    for name in ("molam", "molam_repaired"):
        P = find("fuser", name)(**SMALL, max_rounds=0).fit(X, y).predict_proba(X)
        right[name] = (P.argmax(1) == gold)[y < 0].mean()
    assert right["molam_repaired"] > right["molam"] + 0.1


def test_the_repaired_one_differs_in_two_settings_of_its_trees(many_classes):
    X, _, y = many_classes

    def settings(name):
        return find("fuser", name)(**SMALL, max_rounds=0).fit(X, y).trees_.get_params()

    published, repaired = settings("molam"), settings("molam_repaired")
    differing = {name: value for name, value in repaired.items() if published[name] != value}
    del differing["missing"]  # NaN, which equals nothing
    assert differing == {"min_child_weight": 0.05, "base_score": 0.5}


def test_a_variant_that_does_not_exist_is_refused(many_classes):
    X, _, y = many_classes
    with pytest.raises(ParameterError, match='"published" or "repaired" or "normalised"; it is'):
        MoLAM(variant="mended").fit(X, y)
