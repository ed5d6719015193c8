"""Forecasts of what would help most."""

import numpy as np
import pytest
from tests.panel.conftest import drawn, refits_of, simulate

from mollia.asking.outlook import Cost, Outlook, most_confused, outlook, sentences
from mollia.fusion import Mixture
from mollia.panel.refits import Refits


def calibrated(accuracies, n_labels, **how):
    X, gold = simulate(accuracies, **how)
    return refits_of(X, drawn(gold, n_labels), fuser=Mixture(random_state=0))


def test_another_llm_helps_a_panel_of_few_more_than_one_of_many():
    few, many = (outlook(calibrated([0.7] * n, 40, n=400)) for n in (2, 8))
    assert few.llm > many.llm >= 0


def test_what_is_not_there_to_leave_out_is_not_forecast():
    X, gold = simulate([0.8, 0.8])
    one = refits_of(X.subpanel(["llm0"]), drawn(gold, 40))
    found = outlook(one)
    assert found.llm is None
    assert len(sentences(found, "abc", Cost(llm="", panel=""))) == 2


def test_too_few_labels_or_no_open_row_forecast_nothing():
    assert outlook(calibrated([0.8, 0.8], 19)) is None
    X, gold = simulate([0.8, 0.8], n=60)
    assert outlook(refits_of(X, gold)) is None


def test_the_pair_is_the_one_whose_masses_cross_most():
    X, _ = simulate([0.8, 0.8], n=6)
    F = np.array(
        [[0.6, 0.4, 0.0], [0.5, 0.45, 0.05], [0.2, 0.8, 0.0], [0.0, 0.1, 0.9], [0.1, 0, 0.9], [1, 0, 0.0]]
    )
    y = np.full(6, -1)
    refits = Refits(fuser=Mixture(), X=X, y=y, texts=None, reference=F)
    pair, mass = most_confused(refits)
    assert pair == (0, 1)
    assert mass == pytest.approx((0.4 + 0.45 + 0.2) / 6)


def test_the_same_labels_give_the_same_forecast():
    assert outlook(calibrated([0.7, 0.6, 0.5], 40)) == outlook(calibrated([0.7, 0.6, 0.5], 40))


def test_sentences_stand_by_their_forecasts_with_cost_and_error_and_bounds_come_last():
    found = Outlook(n_human=50, more=50, labels=0.004, llm=0.032, pair=(0, 2), confused=0.051)
    said = sentences(found, ["cat", "dog", "owl"], Cost(llm="about 900 calls", panel="about 2,700 calls"))
    assert said[0].startswith(
        "One more LLM like those on the panel: +3.2 points expected (such forecasts were off by "
    )
    assert said[0].endswith("Cost: about 900 calls.")
    assert said[1].startswith(
        "50 more human labels: +0.4 points expected, within the error of such forecasts"
    )
    assert said[2].startswith("Better descriptions of “cat” and “owl”")
    assert "at most +5.1 points" in said[2]
    assert said[2].endswith("Cost: about 2,700 calls.")
