import numpy as np

from mollia.fusion import cross_fit
from mollia.fusion.confusion import Settings
from mollia.fusion.cross_fit import folds, held_out_scores, with_human
from mollia.fusion.observation import observe
from mollia.fusion.ridge import factorise
from mollia.fusion.text_vectors import TextVectors


def held_out(X, y, e=None):
    rng = np.random.default_rng(0)

    def text_of(rows):
        return None if e is None else factorise(e[rows], penalty=0.3)

    return held_out_scores(observe(X), y, text_of, rounds=2, settings=Settings(), rng=rng)


def test_of_a_large_pool_a_sample_judges_with_all_human_rows():
    y = np.full(10_000, -1)
    y[::100] = 0
    rows = with_human(y, 3000, np.random.default_rng(0))
    assert set(np.flatnonzero(y >= 0)) <= set(rows)
    assert len(np.unique(rows)) == len(rows) == 3100


def test_folds_are_even():
    assert np.bincount(folds(23)).tolist() == [5, 5, 5, 4, 4]


def test_a_rows_own_label_has_no_part_in_its_score(panel, drawer):
    X, gold, texts = panel
    e = TextVectors(dim=16).fit_transform(texts)
    y = drawer(gold, 40)
    before = held_out(X, y, e)
    wrong = y.copy()
    row = int(np.flatnonzero(y >= 0)[0])  # in fold 0
    wrong[row] = (y[row] + 1) % 4
    after = held_out(X, wrong, e)
    np.testing.assert_array_equal(before[0], after[0])
    assert np.abs(before[1] - after[1]).max() > 1e-6  # others, in other folds, may know it


def test_held_out_labels_are_as_good_as_those_of_unlabelled_rows(simulator, drawer):
    X, gold, texts = simulator(900)
    y = drawer(gold, 300)
    e = TextVectors(dim=16).fit_transform(texts)
    assert (held_out(X, y, e).argmax(1) == y[y >= 0]).mean() > 0.85


def test_of_a_large_pool_the_folds_see_a_part(panel, drawer, monkeypatch):
    X, gold, _ = panel
    monkeypatch.setattr(cross_fit, "POOL_ROWS", 100)
    y = drawer(gold, 40)
    scores = held_out(X, y)
    assert scores.shape == (40, 4)
    assert (scores.argmax(1) == y[y >= 0]).mean() > 0.7
