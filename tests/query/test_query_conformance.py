"""Every registered strategy keeps the protocol's promises."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mollia import registry

STRATEGIES = registry.names("query")


@pytest.fixture(params=STRATEGIES)
def strategy(request):
    return registry.find("query", request.param)


def test_every_strategy_is_in_the_docs():
    page = (Path(__file__).parents[2] / "docs" / "student.md").read_text("utf-8")
    assert [name for name in STRATEGIES if f"`{name}`" not in page] == []


def picked(strategy, view, n, seed=0):
    found = strategy(view, n, np.random.default_rng(seed))
    assert found.rows.dtype == np.int64
    assert len(set(found.rows.tolist())) == len(found.rows)
    if len(found.rows):
        assert found.rows.min() >= 0
        assert found.rows.max() < len(view)
    if found.scores is not None:
        assert found.scores.shape == found.rows.shape
    return found


@pytest.mark.parametrize("n", [0, 1, 7, 39, 40, 41, 1000])
def test_it_returns_that_many_distinct_positions_or_all_there_are(strategy, make_view, n):
    assert len(picked(strategy, make_view(), n).rows) == min(n, 40)


def test_the_same_seed_gives_the_same_picks(strategy, make_view):
    first, second = (picked(strategy, make_view(), 10, seed=3).rows for _ in range(2))
    assert first.tolist() == second.tolist()


@pytest.mark.parametrize("m", [0, 1, 2])
def test_the_end_of_the_pool_is_no_special_case(strategy, make_view, m):
    assert len(picked(strategy, make_view(m), 5).rows) == m


def test_the_first_picks_do_not_depend_on_how_many_are_wanted_when_scores_rank(strategy, make_view):
    found = picked(strategy, make_view(), 12)
    if found.scores is not None:
        finite = found.scores[np.isfinite(found.scores)]
        assert (np.diff(finite) <= 0).all(), "best first"


@pytest.mark.parametrize("name", [name for name in STRATEGIES if name != "random"])
def test_rows_that_cannot_be_judged_come_last(name, make_view):
    strategy = registry.find("query", name)
    view = make_view()
    broken = [0, 7, 19]
    probs, vectors, passes = view.probs.copy(), view.vectors.copy(), view.passes.copy()
    fused = view.fused.copy()
    probs[broken], vectors[broken], passes[:, broken], fused[broken] = np.nan, np.nan, np.nan, np.nan
    z = view.panel.z.copy()
    z[broken] = 0  # no LLM gave anything usable
    panel = replace(view.panel, z=z, c=z)
    view = replace(
        view, probs=probs, vectors=vectors, passes=passes, deviations=passes, panel=panel, fused=fused
    )
    found = picked(strategy, view, 40).rows
    assert set(found[-3:].tolist()) == set(broken)


def test_ties_are_decided_alike_each_time(strategy, make_view):
    view = make_view()
    even = replace(
        view,
        probs=np.full_like(view.probs, 1 / 3),
        vectors=np.ones_like(view.vectors),
        passes=np.full_like(view.passes, 1 / 3),
        deviations=np.zeros_like(view.passes),
        fused=np.full_like(view.fused, 1 / 3),
        panel=replace(view.panel, z=np.full_like(view.panel.z, 0.25), c=np.zeros_like(view.panel.c)),
    )
    first, second = (picked(strategy, even, 10, seed=1).rows for _ in range(2))
    assert first.tolist() == second.tolist()


def test_a_pool_without_anything_labelled_is_fine(strategy, make_view):
    view = replace(make_view(), labelled_vectors=np.zeros((0, 6), np.float32))
    assert len(picked(strategy, view, 10).rows) == 10


def test_certain_rows_are_no_special_case(strategy, make_view):
    view = make_view()
    sure = np.eye(3)[view.probs.argmax(1)]
    view = replace(view, probs=sure, passes=np.stack([sure] * 5), deviations=np.zeros((5, 40, 3)), fused=sure)
    assert len(picked(strategy, view, 10).rows) == 10


def test_it_leaves_the_view_as_it_was(strategy, make_view):
    view = make_view()
    names = ("probs", "vectors", "labelled_vectors", "passes", "deviations", "fused")
    before = [getattr(view, name).copy() for name in names]
    picked(strategy, view, 10)
    after = [getattr(view, name) for name in names]
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))


def test_equal_rows_are_different_positions(strategy, make_view):
    view = make_view(12)
    twice = np.repeat(np.arange(12), 2)
    view = replace(
        view,
        probs=view.probs[twice],
        vectors=view.vectors[twice],
        passes=view.passes[:, twice],
        deviations=view.deviations[:, twice],
        fused=view.fused[twice],
        panel=replace(view.panel[twice], ids=tuple(map(str, range(24)))),
    )
    assert sorted(picked(strategy, view, 24).rows.tolist()) == list(range(24))


def test_a_huge_batch_of_a_tiny_pool_in_order_of_worth(strategy, make_view):
    found = picked(strategy, make_view(3), 10**6)
    assert sorted(found.rows.tolist()) == [0, 1, 2]
