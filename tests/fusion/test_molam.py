import numpy as np
import pytest

from mollia.fusion import Mean, MoLAM

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
