"""A large pool, by limits made small: what is sampled, and that the run says so."""

import numpy as np
import pytest

import mollia
from mollia import registry
from mollia.about import JUDGED_ONCE, VECTORS_OF, About
from mollia.loop import large_pools
from mollia.loop import run as loop
from mollia.loop.outputs import summary_of


@pytest.fixture
def small_limits(monkeypatch):
    monkeypatch.setattr(large_pools, "about", lambda _kind, _name: About(most=40))
    monkeypatch.setattr(large_pools, "CURVE_ABOVE", 50)
    monkeypatch.setattr(large_pools, "CURVE_ROWS", 30)


def test_a_strategy_chooses_from_as_many_rows_as_it_declares_and_the_run_says_so_once(
    write_task, small_limits, monkeypatch
):
    seen = []
    told = large_pools.looked_at
    monkeypatch.setattr(loop, "looked_at", lambda *given: seen.append(told(*given)) or seen[-1])
    result = mollia.run(write_task(n=120, seed_rows=30))
    assert [len(rows) for rows in seen] == [40] * 3
    assert len({rows.tobytes() for rows in seen}) == 3
    assert all((np.diff(rows) > 0).all() for rows in seen)
    chosen = [result.pool.rows_of(each.asked) for each in result.rounds]
    assert all(np.isin(batch, rows).all() for batch, rows in zip(chosen, seen, strict=True))
    said = 'In each round the strategy "entropy" chooses from 40 rows drawn at random from those left.'
    assert [each for each in result.warnings if "chooses from" in each] == [said]
    assert said in summary_of(result)["warnings"]
    assert "The learning curve is measured on 30 rows drawn at random." in result.warnings


def test_a_run_on_samples_goes_on_as_an_unbroken_one_and_says_the_same(write_task, small_limits):
    task = write_task(n=120, seed_rows=30)
    first, again = mollia.run(task), mollia.run(task)
    assert [each.asked for each in again.rounds] == [each.asked for each in first.rounds]
    assert again.warnings == first.warnings
    assert np.array_equal(again.student_probs, first.student_probs)


def test_below_the_limits_nothing_is_sampled_and_nothing_said(write_task):
    result = mollia.run(write_task(n=120, seed_rows=30))
    assert not [each for each in result.warnings if "drawn at random" in each]


def test_each_strategy_that_needs_vectors_or_several_judgements_declares_how_many_rows_it_looks_at():
    for name in registry.names("query"):
        about = registry.about("query", name)
        if about.needs & {"vectors", "passes", "deviations"}:
            assert about.most == VECTORS_OF, name
        else:
            assert about.most == (JUDGED_ONCE if "probs" in about.needs else None), name
