import numpy as np

from mollia.fusion import supervised
from mollia.fusion.observation import observe
from mollia.fusion.supervised import TREES_FROM, learn_supervised


def learn(X, y):
    rng = np.random.default_rng(0)
    return learn_supervised(X, observe(X), None, y, rng=rng, random_state=0, n_jobs=1)


def test_trees_join_from_a_hundred_labels_on(panel, drawer):
    X, gold, _ = panel
    few, _ = learn(X, drawer(gold, TREES_FROM - 1))
    many, words = learn(X, drawer(gold, TREES_FROM))
    assert few.trees is None
    assert many.trees is not None
    assert [w.shape for w in words] == [(TREES_FROM, 4)] * 2


def test_held_out_words_do_not_know_the_rows_label(panel, drawer):
    X, _, _ = panel
    y = drawer(np.random.default_rng(5).integers(4, size=300), 120)  # labels at random: nothing to learn
    _, words = learn(X, y)
    for view in words:
        assert (view.argmax(1) == y[y >= 0]).mean() < 0.4


def test_views_of_new_rows_are_as_good_as_held_out_ones(panel, drawer):
    X, gold, _ = panel
    y = drawer(gold, 150)
    learned, _ = learn(X, y)
    for view in learned.views(X, observe(X), None):
        assert (view.argmax(1) == gold)[y < 0].mean() > 0.75


def test_of_very_many_labels_the_kernel_takes_a_part(panel, drawer, monkeypatch):
    X, gold, _ = panel
    monkeypatch.setattr(supervised, "MAX_LANDMARKS", 50)
    learned, words = learn(X, drawer(gold, 90))
    assert len(learned.kernel.landmarks) == 50
    assert (words[0].sum(1) > 0.99).all()
