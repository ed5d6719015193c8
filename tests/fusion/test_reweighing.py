import numpy as np

from mollia.fusion import Mixture
from mollia.fusion.panel_trees import SHIPPED


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
