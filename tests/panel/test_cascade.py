import numpy as np
import pytest

from mollia.fusion import Mixture
from mollia.panel.cascade import Course, masked, order_of, pilot_rows, run_cascade

STRONG = [0.92, 0.9, 0.88, 0.85, 0.8, 0.75]


@pytest.fixture
def cascaded(simulator, drawer):
    """Run a cascade over a simulated panel; return it with answers, gold, labels, and what was asked."""

    def run(accuracies=STRONG, *, n=400, order=None, y=None, **options):
        X, gold = simulator(accuracies, n=n)
        y = drawer(gold) if y is None else y
        asked = []

        def ask(llms, rows):
            asked.append((llms, rows))
            return X

        pilot = pilot_rows(y)
        done = run_cascade(
            ask, Mixture(), X, y, None, course=Course(pilot=pilot, order=order or list(X.llms), **options)
        )
        return done, X, gold, y, asked

    return run


def test_a_cascade_saves_answers_and_loses_at_most_what_it_promises(simulator, drawer):
    lost, promised = [], []
    for seed in range(4):
        X, gold = simulator(STRONG, n=400, seed=seed)
        y = drawer(gold, seed=seed)
        done = run_cascade(
            lambda _llms, _rows, X=X: X,
            Mixture(),
            X,
            y,
            None,
            course=Course(pilot=pilot_rows(y), order=X.llms),
        )
        assert done.saved > 0.15
        whole = Mixture().fit_predict_proba(X, y).argmax(1)
        own = Mixture().fit_predict_proba(masked(X, done.asked), y).argmax(1)
        lost.append((whole == gold)[y < 0].mean() - (own == gold)[y < 0].mean())
        promised.append(done.at_most)
    assert max(promised) <= 0.01
    assert np.mean(lost) <= np.mean(promised)


def test_only_open_rows_are_asked_and_what_was_asked_is_told(cascaded):
    done, X, _, y, asked = cascaded()
    told = np.zeros_like(done.asked)
    told[done.pilot] = True
    before = None
    for llms, rows in asked:
        assert (y[rows] < 0).all()
        assert not np.isin(rows, done.pilot).any()
        assert before is None or set(rows.tolist()) <= before
        before = set(rows.tolist())
        told[np.ix_(rows, [X.llms.index(llm) for llm in llms])] = True
    np.testing.assert_array_equal(told, done.asked)
    assert [stage.llms for stage in done.stages] == [llms for llms, _ in asked]
    assert [stage.asked for stage in done.stages] == [len(rows) for _, rows in asked]
    assert done.saved == pytest.approx(1 - done.asked.mean())


def test_it_decides_by_the_answers_of_its_stages_alone(cascaded, simulator, drawer):
    X, gold = simulator(STRONG, n=400)
    y = drawer(gold)
    pilot = pilot_rows(y)
    given = np.zeros((len(gold), len(X.llms)), bool)
    given[pilot] = True

    def in_stages(llms, rows):
        given[np.ix_(rows, [X.llms.index(llm) for llm in llms])] = True
        return masked(X, given)

    order = list(X.llms)
    whole = run_cascade(
        lambda _llms, _rows: X, Mixture(), X, y, None, course=Course(pilot=pilot, order=order)
    )
    live = run_cascade(
        in_stages, Mixture(), masked(X, given), y, None, course=Course(pilot=pilot, order=order)
    )
    np.testing.assert_array_equal(whole.asked, live.asked)
    assert whole.stages == live.stages


def test_every_closed_row_counts_in_the_promise_and_an_open_one_does_not(cascaded):
    done, *_ = cascaded()
    assert all((stage.changed > 0) == (stage.closed > 0) for stage in done.stages[:-1])
    assert all(stage.loss <= stage.changed for stage in done.stages)
    assert cascaded(loss=0.0)[0].at_most == 0


def test_no_loss_allowed_asks_more(cascaded):
    none, much = (cascaded(loss=loss)[0].saved for loss in (0.0, 0.05))
    assert none < much


def test_each_row_is_put_to_two_llms_and_to_a_quarter_of_the_panel(cascaded):
    done, *_ = cascaded([0.95] * 5, n=300)
    assert done.asked.sum(1).min() == 2
    done, *_ = cascaded([0.9] * 12, n=200)
    assert done.asked.sum(1).min() >= 3


def test_asking_may_end_early(simulator, drawer):
    X, gold = simulator(STRONG, n=200)
    y = drawer(gold)
    done = run_cascade(
        lambda _l, _r: None, Mixture(), X, y, None, course=Course(pilot=pilot_rows(y), order=list(X.llms))
    )
    assert done.stages == ()
    assert done.asked.any(1).sum() == 100


def test_the_pilot_holds_the_human_rows_and_is_the_same_again(drawer):
    y = drawer(np.zeros(5000, int), 50)
    pilot = pilot_rows(y)
    assert len(pilot) == 400
    assert set(np.flatnonzero(y >= 0)) <= set(pilot.tolist())
    np.testing.assert_array_equal(pilot, pilot_rows(y))
    assert len(pilot_rows(y[:60])) == 60


def test_the_order_is_by_worth_per_cost(simulator, drawer, refitted, priced):
    X, gold = simulator([0.6, 0.95, 0.75, 0.5], n=1500)
    refits = refitted(X, drawer(gold))
    assert order_of(refits, priced(refits))[0] == "llm1"
    assert order_of(refits, priced(refits, llm1=30.0))[0] != "llm1"
    assert sorted(order_of(refits, priced(refits))) == sorted(X.llms)


def test_masked_answers_are_missing_not_zero_votes(simulator):
    X, _ = simulator([0.9, 0.8], n=4)
    asked = np.array([[True, False], [True, True], [False, False], [False, True]])
    small = masked(X, asked)
    np.testing.assert_array_equal(small.asked, asked)
    assert not small.c[~asked].any()
    np.testing.assert_array_equal(small.c[asked], X.c[asked])
