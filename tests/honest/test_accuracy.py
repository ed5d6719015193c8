import numpy as np
import pytest

from mollia.errors import DataError, LeakRefused, NotEnoughLabels
from mollia.honest.accuracy import cross_fitted_accuracy, estimate_accuracy
from mollia.honest.cross_fit import cross_fitted_posterior
from mollia.honest.intervals import wilson


def test_an_audit_sample_gives_a_figure_with_n_and_method():
    label, y = np.zeros(1000, np.int64), np.full(1000, -1)
    y[100:150] = 0
    y[100:103] = 1
    trained = np.arange(1000) < 50
    estimate = estimate_accuracy(label, y, trained=trained)
    assert (estimate.value, estimate.n_human, estimate.n_rows) == (0.94, 50, 950)
    assert estimate.method == "audit sample, Wilson, finite population"
    assert 0.838 < estimate.low < 0.85  # a little narrower than Wilson's .838 to .979
    assert 0.97 < estimate.high < 0.979
    assert not estimate.caveats


def test_a_row_that_trained_may_not_score():
    y = np.array([0, 1, -1, -1])
    with pytest.raises(LeakRefused, match=r"1 of the 2 rows .* row 1\)"):
        estimate_accuracy(np.zeros(4, np.int64), y, trained=np.array([False, True, True, False]))


def test_no_human_label_no_figure():
    nothing = np.full(5, -1)
    assert estimate_accuracy(np.zeros(5, np.int64), nothing, trained=np.zeros(5, bool)) is None
    assert cross_fitted_accuracy(np.empty((0, 3)), np.empty(0, np.int64), n_rows=5) is None


def test_few_labels_come_with_a_warning():
    y = np.array([0] * 10 + [-1] * 90)
    estimate = estimate_accuracy(np.zeros(100, np.int64), y, trained=np.zeros(100, bool))
    assert estimate.high == 1.0
    assert estimate.low < 0.8
    assert "only 10 human labels" in str(estimate)


def test_the_cross_fitted_figure_is_not_the_fit(panel, memoriser):
    answers, gold = panel
    y = np.where(np.arange(400) < 80, gold, -1)
    refit = memoriser.fit(answers, y).predict_proba(answers[:80])
    assert (refit.argmax(1) == gold[:80]).all()  # the seed reused: "100 %"
    posterior = cross_fitted_posterior(memoriser, answers, y)
    estimate = cross_fitted_accuracy(posterior, gold[:80], n_rows=400)
    truth = (answers.c.mean(1).argmax(1) == gold).mean()
    assert estimate.low < truth < estimate.high < 1
    assert estimate.method.startswith("cross-fitted seed")
    assert estimate.n_rows == 400
    assert any("audit sample" in caveat for caveat in estimate.caveats)
    fresh = wilson(round(estimate.value * 80), 80)
    assert 1.05 < (estimate.high - estimate.low) / (fresh.high - fresh.low) < 1.15


def test_lengths_must_fit():
    with pytest.raises(DataError):
        estimate_accuracy(np.zeros(3, np.int64), np.zeros(3, np.int64), trained=np.zeros(2, bool))
    with pytest.raises(DataError):
        cross_fitted_accuracy(np.ones((2, 2)), np.zeros(3, np.int64), n_rows=3)


def test_the_posterior_narrows_the_audit_figure(panel):
    answers, gold = panel
    posterior = answers.c.mean(1)
    label = posterior.argmax(1)
    y = np.where(np.arange(400) < 100, gold, -1)
    trained = np.zeros(400, bool)
    plain = estimate_accuracy(label, y, trained=trained)
    powered = estimate_accuracy(label, y, trained=trained, posterior=posterior)
    assert powered.method == "audit sample, prediction-powered"
    assert powered.high - powered.low < plain.high - plain.low
    assert powered.low < (label == gold).mean() < powered.high


def test_equal_chances_change_nothing_and_unknown_ones_are_refused(panel):
    answers, gold = panel
    label = answers.c.mean(1).argmax(1)
    y = np.where(np.arange(400) < 100, gold, -1)
    trained = np.zeros(400, bool)
    plain = estimate_accuracy(label, y, trained=trained)
    assert estimate_accuracy(label, y, trained=trained, chance=np.full(400, 0.25)) == plain
    weighted = estimate_accuracy(label, y, trained=trained, chance=np.where(np.arange(400) < 50, 0.2, 0.4))
    assert weighted.n_human == 100
    assert weighted.high - weighted.low > plain.high - plain.low
    picked = np.where(np.arange(400) < 50, 0.2, np.nan)
    with pytest.raises(NotEnoughLabels, match="50 of the 100 rows"):
        estimate_accuracy(label, y, trained=trained, chance=picked)
