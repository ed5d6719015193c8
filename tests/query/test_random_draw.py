import numpy as np

from mollia.query.random_draw import random_draw


def test_each_row_is_drawn_equally_often(make_view):
    view = make_view(10)
    rng = np.random.default_rng(0)
    drawn = np.bincount(np.concatenate([random_draw(view, 3, rng).rows for _ in range(2000)]), minlength=10)
    assert abs(drawn - 600).max() < 4 * np.sqrt(2000 * 0.3 * 0.7)
