import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mollia.fusion import Mixture
from mollia.fusion.panel_trees import SHIPPED
from mollia.fusion.reweighing import sharpened, sharpness


def spy(kept):
    def trees(P, classes, lines):
        kept.append(lines)
        return P

    return trees


def test_human_rows_are_read_without_their_labels(panel, drawer):
    X, gold, texts = panel
    y = drawer(gold, 60)
    kept = []
    fuser = Mixture(trees=spy(kept))
    P = fuser.fit_predict_proba(X, y, texts=texts)
    human = y >= 0
    np.testing.assert_array_equal(P[human], fuser.seed_posterior_)
    assert (
        abs((P[human].argmax(1) == gold[human]).mean() - (P[~human].argmax(1) == gold[~human]).mean()) < 0.1
    )


def test_new_rows_have_the_lines_of_fitted_ones(panel, drawer):
    X, gold, texts = panel
    kept = []
    fuser = Mixture(trees=spy(kept)).fit(X, drawer(gold, 40), texts=texts)
    fuser.predict_proba(X, texts=texts)
    fitted, new = kept
    assert fitted.shape == new.shape
    assert np.nanmean(np.abs(fitted - new)) < 0.1


def test_new_rows_without_texts_have_no_word_of_the_text(panel, drawer):
    X, gold, texts = panel
    kept = []
    fuser = Mixture(trees=spy(kept)).fit(X, drawer(gold, 40), texts=texts)
    fuser.predict_proba(X)
    assert np.isnan(kept[1]).any(axis=(0, 1)).sum() == 2


def test_none_leaves_the_posterior_as_it_was_pooled(panel, drawer):
    X, gold, texts = panel
    y = drawer(gold, 40)
    kept = []
    same = Mixture(trees=spy(kept)).fit_predict_proba(X, y, texts=texts)
    np.testing.assert_array_equal(same, Mixture(trees=None).fit_predict_proba(X, y, texts=texts))
    assert not np.allclose(same, Mixture(trees=SHIPPED).fit_predict_proba(X, y, texts=texts))


def flatter(P, classes, lines):
    out = P**0.5
    return out / out.sum(1, keepdims=True)


def test_trees_leave_the_confidence_that_human_labels_set(panel, drawer):
    X, gold, texts = panel
    y = drawer(gold, 40)
    without = Mixture(trees=None).fit_predict_proba(X, y, texts=texts)
    fuser = Mixture(trees=flatter)
    P = fuser.fit_predict_proba(X, y, texts=texts)
    assert P.max(1).mean() == pytest.approx(without.max(1).mean(), abs=1e-3)
    np.testing.assert_allclose(P, without, atol=5e-3)
    new = fuser.predict_proba(X, texts=texts)
    plain = Mixture(trees=None).fit(X, y, texts=texts).predict_proba(X, texts=texts)
    np.testing.assert_allclose(new, plain, atol=5e-3)


@pytest.mark.parametrize(("labels", "share"), [(0, 0.0), (10, 0.5)])
def test_with_few_labels_trees_say_part_of_how_sure_the_posterior_is(panel, drawer, labels, share):
    X, gold, texts = panel
    y = drawer(gold, labels)
    without = Mixture(trees=None).fit_predict_proba(X, y, texts=texts)
    P = Mixture(trees=flatter).fit_predict_proba(X, y, texts=texts)
    own = flatter(without, None, None)
    t = sharpness(own, without.max(1).mean()) ** share
    np.testing.assert_allclose(P, sharpened(own, t), atol=1e-9)


@given(seed=st.integers(0, 1000), n_classes=st.integers(2, 7), confidence=st.floats(0.0, 1.0))
def test_sharpness_reaches_the_confidence_or_comes_nearest_and_keeps_each_rows_order(
    seed, n_classes, confidence
):
    P = np.random.default_rng(seed).dirichlet(np.ones(n_classes), 50)
    t = sharpness(P, confidence)
    Q = sharpened(P, t)
    np.testing.assert_array_equal(Q.argsort(1, kind="stable"), P.argsort(1, kind="stable"))
    np.testing.assert_allclose(Q.sum(1), 1)
    least, most = (sharpened(P, np.exp(end)).max(1).mean() for end in (-1.5, 1.5))
    assert Q.max(1).mean() == pytest.approx(np.clip(confidence, least, most), abs=1e-3)
