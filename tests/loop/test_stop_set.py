"""Stopping rules through the loop: where a run stops, why, and that a broken run stops there too."""

import numpy as np
import pytest

import mollia
from mollia.ledger.sqlite_store import open_store
from mollia.loop.outputs import summary_of
from mollia.loop.stop_set import KAPPA, NO_ROW, PREDICTED, stop_set
from mollia.progress import quiet
from mollia.report.methods import methods
from mollia.session.parts import open_parts
from mollia.task.load import load_task


def written(write_task, stop, *, rounds=12, ask="pool", n=180, **options):
    path = write_task(n=n, extra=f'stop = "{stop}"\nask = "{ask}"\n', **options)
    path.write_text(path.read_text("utf-8").replace("rounds = 3", f"rounds = {rounds}"), encoding="utf-8")
    return path


def asked(result):
    return [each.asked for each in result.rounds]


@pytest.mark.parametrize(
    ("stop", "figure", "ask"), [("kappa", KAPPA, "pool"), ("plateau", PREDICTED, "batches")]
)
def test_a_run_stops_early_and_says_why(write_task, stop, figure, ask):
    task = written(write_task, stop, ask=ask)
    result = mollia.run(task)
    seen = [each.scores[figure] for each in result.rounds]
    assert 3 <= len(seen) < 12
    if stop == "kappa":
        assert min(seen[-3:]) >= 0.99
        assert "no longer changes its mind" in result.stopped
    else:
        assert max(seen[-3:]) - seen[-4] <= 0.005
        assert "is flat" in result.stopped
    assert summary_of(result)["stopped"] == result.stopped
    assert result.stopped in methods(result)[0]
    again = mollia.run(task)  # every round is stored: it stops before the first new one
    assert asked(again) == asked(result)
    assert again.stopped == result.stopped


@pytest.mark.parametrize("stop", ["kappa", "plateau"])
def test_a_broken_run_stops_where_an_unbroken_one_does(write_task, stop):
    task = written(write_task, stop)
    whole = mollia.run(task)
    with open_store(task.parent / "out" / "ledger.sqlite") as store:
        rounds = store.rounds()
        store.forget_rounds()
        for each in rounds[:2]:
            store.add_round(each)
    again = mollia.run(task)
    assert asked(again) == asked(whole)
    assert [dict(each.scores) for each in again.rounds] == [dict(each.scores) for each in whole.rounds]
    assert again.stopped == whole.stopped
    np.testing.assert_array_equal(again.student_probs, whole.student_probs)


def test_no_round_picks_from_the_stop_set(write_task):
    task = written(write_task, "kappa", rounds=3)
    with open_parts(load_task(task), ask=False, progress=quiet) as parts:
        rows = stop_set(parts)
        assert len(rows) == 37  # a quarter of the 150 rows without a human label
        assert not parts.known.known[rows].any()
        kept_apart = {parts.pool.ids[row] for row in rows}
    picked = {id_ for round_ in asked(mollia.run(task)) for id_ in round_}
    assert picked
    assert not picked & kept_apart


def test_the_budget_always_holds(write_task):
    result = mollia.run(written(write_task, "kappa", rounds=2, n=90))
    assert len(result.rounds) == 2
    assert "2 rounds" in result.stopped
    assert KAPPA not in mollia.run(written(write_task, "budget", rounds=1, n=90)).rounds[0].scores


def test_a_pool_without_rows_left_is_said(write_task):
    result = mollia.run(written(write_task, "budget", rounds=5, n=60))
    assert result.stopped == NO_ROW
    assert sum(map(len, asked(result))) == 30


def test_a_student_that_says_one_class_never_stops_and_is_told(write_task):
    """Case O10, second part, through the loop: kappa is undefined."""
    task = written(write_task, "kappa", rounds=5, n=90, seed_rows=0)
    path = task.parent / "data.csv"
    head, *lines = path.read_text("utf-8").splitlines()
    agreed = [line.rsplit(",", 4)[0] + ",Refund,Refund,Refund," for line in lines]  # the panel says one class
    path.write_text("\n".join([head, *agreed]) + "\n", encoding="utf-8")
    result = mollia.run(task)
    assert len(result.rounds) == 5
    assert any("Constant predictions" in sentence for sentence in result.warnings)
