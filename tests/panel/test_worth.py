import numpy as np
import pytest

from mollia.panel.worth import quick_worth, worth


def test_shapley_values_share_out_the_whole_panels_value(simulator, drawer, refitted, priced):
    X, gold = simulator([0.85, 0.75, 0.65, 0.34], n=1500)
    refits = refitted(X, drawer(gold))
    table = worth(refits, priced(refits))
    assert sum(each.adds for each in table) == pytest.approx(refits.loss([]).value, abs=1e-9)
    assert [each.llm for each in table] == ["llm0", "llm1", "llm2", "llm3"]
    assert table[-1].adds == pytest.approx(0, abs=0.02)
    assert all(each.adds_error == 0 for each in table)
    assert refits.n_refits <= 15


def test_equal_llms_have_equal_worth(simulator, drawer, refitted, priced):
    X, gold = simulator([0.75, 0.75, 0.75], n=6000)
    refits = refitted(X, drawer(gold))
    adds = [each.adds for each in worth(refits, priced(refits))]
    assert max(adds) - min(adds) < 0.03


def test_many_llms_are_sampled_with_an_error_and_the_same_state_gives_the_same(
    simulator, drawer, refitted, priced
):
    X, gold = simulator([0.85, 0.8, 0.7, 0.6, 0.5, 0.4, 0.35], n=600)
    refits = refitted(X, drawer(gold))
    table = worth(refits, priced(refits))
    assert sum(each.adds for each in table) == pytest.approx(refits.loss([]).value, abs=0.003)
    assert all(0 < each.adds_error < 0.02 for each in table)
    assert table == worth(refits, priced(refits))
    assert table[0].llm in {"llm0", "llm1"}
    assert refits.n_refits < 90


def test_worth_per_cost_and_what_one_alone_gives(simulator, drawer, refitted, priced):
    X, gold = simulator([0.85, 0.8, 0.75], n=3000)
    refits = refitted(X, drawer(gold))
    by_llm = {each.llm: each for each in worth(refits, priced(refits, llm1=4.0))}
    assert by_llm["llm1"].cost == 4
    assert by_llm["llm1"].per_cost == pytest.approx(by_llm["llm1"].adds / 4)
    own = (X.c[:, 0].argmax(1) == gold)[refits.judged].mean()
    assert by_llm["llm0"].alone == pytest.approx(own, abs=0.03)


def test_a_quick_look_needs_one_refit_an_llm(simulator, drawer, refitted, priced):
    X, gold = simulator([0.85, 0.8, 0.75, 0.4])
    refits = refitted(X, drawer(gold))
    table = quick_worth(refits, priced(refits))
    assert [each.llm for each in table] == list(X.llms)
    assert refits.n_refits == 4
    assert table[0].missed > table[3].missed
    assert np.isnan(table[0].adds)
