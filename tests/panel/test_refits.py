import numpy as np
import pytest

from mollia.fusion import DawidSkene, Vote
from mollia.panel.parts import restricted
from mollia.panel.refits import Refits, posterior_of, sample_rows


def test_the_expected_loss_is_the_accuracy_really_lost(simulator, drawer, refitted):
    X, gold = simulator([0.85, 0.8, 0.7, 0.6], n=4000)
    refits = refitted(X, drawer(gold))
    open_rows = refits.judged
    right = (refits.reference.argmax(1) == gold)[open_rows].mean()
    for kept in (["llm0"], ["llm1", "llm3"], ["llm0", "llm2", "llm3"], ["llm0", "llm1", "llm2"]):
        parts = [part for part in refits.parts if part.llm in kept]
        really = right - (refits.labels(parts) == gold)[open_rows].mean()
        loss = refits.loss(parts)
        assert loss.value == pytest.approx(really, abs=0.02)
        assert loss.low <= loss.value <= loss.high
        assert loss.changed >= loss.value


def test_the_whole_panel_loses_nothing_and_nobody_loses_down_to_the_commonest_class(
    simulator, drawer, refitted
):
    X, gold = simulator([0.85, 0.7])
    refits = refitted(X, drawer(gold))
    assert refits.loss(refits.parts).value == 0
    F = refits.reference[refits.judged]
    nobody = refits.loss([])
    assert nobody.value == pytest.approx(F.max(1).mean() - F[:, refits.reference.mean(0).argmax()].mean())
    assert refits.accuracy == pytest.approx(F.max(1).mean())


def test_each_sub_panel_is_fitted_once_and_the_given_fuser_stays_unfitted(simulator, drawer, refitted):
    X, gold = simulator([0.85, 0.7])
    fuser = DawidSkene()
    refits = refitted(X, drawer(gold), fuser)
    for _ in range(3):
        refits.loss(refits.parts[:1])
    assert refits.n_refits == 1
    assert not hasattr(fuser, "classes_")


def test_rows_that_people_labelled_are_not_judged(simulator, drawer, refitted):
    X, gold = simulator([0.85, 0.7])
    y = drawer(gold, 50)
    assert refitted(X, y).judged.sum() == len(gold) - 50
    assert refitted(X, gold).judged.all()


def test_a_search_sees_all_human_rows_and_few_others(drawer):
    y = drawer(np.zeros(1000, int), 40)
    rows = sample_rows(y, 100, 0)
    assert len(rows) == 100
    assert (np.diff(rows) > 0).all()
    assert set(np.flatnonzero(y >= 0)) <= set(rows.tolist())
    np.testing.assert_array_equal(rows, sample_rows(y, 100, 0))
    assert len(sample_rows(y, 10, 0)) == 40


def test_a_fuser_without_fit_predict_proba_is_fitted_and_asked(simulator, drawer):
    class Plain:
        def __init__(self, inner=None):
            self.inner = inner

        def get_params(self, **_):
            return {"inner": self.inner}

        def fit(self, X, y, **_):
            self.fitted = DawidSkene().fit(X, y)
            return self

        def predict_proba(self, X, **_):
            return self.fitted.predict_proba(X)

    X, gold = simulator([0.9, 0.8])
    P = posterior_of(Plain(), X, drawer(gold), None)
    assert (P.argmax(1) == gold).mean() > 0.85


def test_a_search_compares_like_with_like_and_a_promise_comes_from_the_fuser_that_will_label(
    simulator, drawer
):
    X, gold = simulator([0.75, 0.6, 0.55, 0.5], n=600)
    y = drawer(gold)
    quick, final = Vote(), DawidSkene()
    F = posterior_of(final, X, y, None)
    refits = Refits(fuser=quick, X=X, y=y, texts=None, reference=F, final=final)
    whole, few = refits.parts, refits.parts[:2]
    assert (refits.labels(whole) != refits.final_labels(whole)).mean() > 0.05, "two fusers, two panels"
    assert refits.loss(whole).changed == refits.confirmed(whole).changed == 0
    own = posterior_of(final, restricted(X, few), y, None).argmax(1)
    of_all, rows = F.argmax(1), np.flatnonzero(refits.judged)
    found = refits.confirmed(few)
    assert found.changed == pytest.approx((own != of_all)[rows].mean())
    assert found.value == pytest.approx((F[rows, of_all[rows]] - F[rows, own[rows]]).mean())
    assert refits.loss(few).changed != found.changed
    before = refits.n_refits
    refits.confirmed(few)
    assert refits.n_refits == before, "each is fitted once"


def test_without_a_second_fuser_the_searchs_own_losses_are_confirmed(simulator, drawer, refitted):
    X, gold = simulator([0.85, 0.7, 0.6])
    refits = refitted(X, drawer(gold))
    assert refits.confirmed(refits.parts[:2]) == refits.loss(refits.parts[:2])
