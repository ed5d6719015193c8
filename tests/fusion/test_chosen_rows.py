import json
from pathlib import Path

import numpy as np

from mollia import read_panel
from mollia.arrays import normalise, softmax
from mollia.fusion import fuse
from mollia.fusion.chosen_rows import chosen, margins
from mollia.fusion.stack import fit_stack

DATA = Path(__file__).parents[2] / "benchmarks" / "data"

# consumer_complaints: 15 rows at random (draw 0 of the benchmarks), then 30 by the smallest margin
PICKED = """
47 78 128 134 138 180 215 244 245 260 274 337 397 401 402 428 471 496 497 528 538 565 566 572 584
645 647 667 682 683 697 726 756 786 788 798 819 824 853 923 936 955 956 958 972
"""


def posterior(n=1000):
    return normalise(np.random.default_rng(0).dirichlet(np.ones(4), size=n))


def test_a_random_draw_does_not_look_chosen():
    P = posterior()
    strengths = [chosen(P, np.random.default_rng(d).permutation(1000)[:50]) for d in range(40)]
    assert np.mean(np.array(strengths) > 0) <= 0.1


def test_small_margins_look_chosen_and_large_ones_do_not():
    P = posterior()
    order = margins(P).argsort()
    assert chosen(P, order[:50]) == 1.0
    assert 0 < chosen(P, np.concatenate([order[:25], order[500::20]])) < 1.0
    assert chosen(P, order[-50:]) == 0.0


def test_rows_that_are_held_keep_the_stack_where_it_was():
    rng = np.random.default_rng(0)
    views, X = rng.normal(size=(60, 1, 3)), rng.normal(size=(60, 5))
    w0, y = np.array([1.0]), np.zeros(20, int)
    T, weight = softmax(views[20:, 0]), np.full(40, 100.0)
    free = fit_stack(views[:20], X[:20], y, w0=w0, penalty=1.0)
    tied = fit_stack(views, X, y, w0=w0, penalty=1.0, held=(T, weight))
    apart = [np.abs(softmax(stack.scores(views, X))[20:] - T).max() for stack in (free, tied)]
    assert apart[0] > 0.3
    assert apart[1] < 0.1


def test_rows_chosen_by_small_margins_do_not_cost_a_class():
    about = json.loads((DATA / "labels.json").read_text("utf-8"))["consumer_complaints"]
    recorded = read_panel(DATA / about["pool"], about["labels"], llms=about["llms"])
    rows = np.array(PICKED.split(), int)
    y = np.full(len(recorded.gold), -1)
    y[rows] = recorded.gold[rows]
    fused = fuse(recorded.answers, y, texts=recorded.pool.texts)
    right = (fused.label == recorded.gold)[y < 0].mean()
    assert right > 0.77  # .645 while the stack was not held: a class was given away
    assert np.bincount(fused.label, minlength=5).min() > 100
