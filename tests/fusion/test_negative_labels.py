import numpy as np
import pytest

from mollia.fusion import fuse
from mollia.fusion.negative_labels import (
    PLANNED,
    answers_rule,
    checked_level,
    expected_share,
    paper_rule,
    share_rule,
    unchecked_rule,
)
from mollia.records import PanelAnswers
from mollia.registry import names

FUSERS = [name for name in names("fuser") if name != "default"]


@pytest.fixture(params=FUSERS)
def fuser_name(request):
    return request.param


def test_papers_rule_is_mean_z_at_most_a_thousandth():
    z = np.array([[[0.9, 0.002, 0.0], [0.8, 0.0, 0.001]]])
    assert paper_rule(z).tolist() == [[False, True, True]]
    z[0, 0, 1] = 0.0021
    assert paper_rule(z).tolist() == [[False, False, True]]


def test_silence_denies_nothing():
    z = np.zeros((2, 2, 3))
    z[1, 0] = [0.0, 0.0015, 0.5]
    assert paper_rule(z).tolist() == [[False] * 3, [True, False, False]]


def test_unasked_llms_do_not_count():
    z = np.array([[[1.0, 0.0], [0.5, 0.5]]])
    assert paper_rule(z, np.array([[True, False]])).tolist() == [[False, True]]


def test_a_panel_without_probabilities_uses_its_votes():
    c = np.array([[[1.0, 0.0, 0.0], [0.0, 0.5, 0.0]]])
    X = PanelAnswers(ids=("a",), llms=("u", "v"), z=np.zeros_like(c), c=c)
    assert answers_rule(X).tolist() == [[False, False, True]]


def test_the_cheapest_classes_of_all_rows_are_denied_first():
    P = np.array([[0.98, 0.015, 0.005], [0.6, 0.3, 0.1]])
    np.testing.assert_allclose(
        expected_share(P)[0], [(0.015 + 0.005 + 0.6 + 0.3 + 0.1 + 0.98) / 2, 0.01, 0.0025]
    )
    assert share_rule(P, level=0.01).tolist() == [[False, True, True], [False] * 3]
    assert share_rule(P, level=0.061).tolist() == [[False, True, True], [False, False, True]]
    assert share_rule(P, level=0.0).tolist() == [[False] * 3] * 2


def test_a_calibrated_posterior_keeps_the_promise_and_denies_more_than_row_by_row():
    rng = np.random.default_rng(0)
    P = rng.dirichlet([0.3] * 5, 20_000)
    gold = (rng.random((20_000, 1)) > P.cumsum(1)).sum(1).clip(max=4)
    denied = share_rule(P, level=0.01)
    assert denied[np.arange(20_000), gold].mean() == pytest.approx(0.01, abs=0.002)
    by_row = np.sort(P, 1).cumsum(1) <= 0.01  # each row bounded by itself
    assert denied.mean() > 1.2 * by_row.mean()


def test_the_most_probable_class_is_never_denied():
    P = np.full((3, 400), 1 / 400)
    P[:, 7] += 1e-6
    assert not share_rule(P, level=1.0)[:, 7].any()


def test_held_out_labels_lower_a_share_that_would_break_its_promise():
    small = np.linspace(0.0001, 0.004, 60)
    sure = np.stack([0.9 - small, small, np.full(60, 0.1)], 1)
    right, wrong_once = np.zeros(60, int), np.zeros(60, int)
    wrong_once[30] = 1
    assert checked_level(sure, right) == PLANNED
    cost = sure[:31, 1].sum() / 60  # what denying row 30's class costs
    assert checked_level(sure, wrong_once) == pytest.approx(cost / 2)
    many, allowed = np.tile(sure, (2, 1)), np.tile(right, 2)
    allowed[7] = 1  # one of 120 rows is what one in a hundred allows
    assert checked_level(many, allowed) == PLANNED


def test_the_expected_share_is_stated_only_where_the_posterior_is_calibrated(panel, drawer):
    X, gold, texts = panel
    fused = fuse(X, drawer(gold, 50), texts=texts)
    rows = ~fused.human
    assert fused.negative_share == pytest.approx((fused.posterior * fused.negative)[rows].sum() / rows.sum())
    assert 0 < fused.negative_share < 0.01
    assert np.isnan(fuse(X, drawer(gold, 0), texts=texts).negative_share)


def test_human_rows_have_no_negative_labels_and_others_keep_their_label(panel, drawer):
    X, gold, texts = panel
    y = drawer(gold, 50)
    fused = fuse(X, y, texts=texts)
    assert fused.calibrated
    assert fused.negative[~fused.human].any()
    assert not fused.negative[fused.human].any()
    assert not fused.negative[np.arange(300), fused.label].any()
    assert not fused.negative[np.arange(300), gold].mean() > 0.01


def test_equal_probabilities_are_denied_together_or_not_at_all():
    P = np.array([[0.9, 0.02, 0.08], [0.9, 0.02, 0.08], [0.9, 0.02, 0.08]])
    assert share_rule(P, level=0.021).tolist() == [[False, True, False]] * 3
    assert share_rule(P, level=0.019).tolist() == [[False] * 3] * 3


def test_an_unchecked_posterior_counts_as_the_answers_it_rests_on_and_one_more():
    c = np.zeros((200, 4, 3))
    c[:, :, 0] = 1.0  # four LLMs, always the same class
    X = PanelAnswers(ids=map(str, range(200)), llms=tuple("abcd"), z=np.zeros_like(c), c=c)
    sure = np.tile([1.0, 0.0, 0.0], (200, 1))
    assert not unchecked_rule(X, sure).any(), "a fifth answer might have been any class"
    assert unchecked_rule(X, sure, level=2 / 15 + 1e-9)[:, 1:].all()
    assert not unchecked_rule(X, sure, level=1.0)[:, 0].any()
    some = np.tile([0.4, 0.3, 0.3], (200, 1))
    assert not unchecked_rule(X, some, level=0.5).any(), "what the posterior holds possible is not denied"


def test_what_the_answers_hold_possible_is_not_denied_by_a_posterior_that_is_too_sure():
    z = np.tile([0.7, 0.3], (50, 40, 1))
    X = PanelAnswers(ids=map(str, range(50)), llms=map(str, range(40)), z=z, c=np.zeros_like(z))
    sure = np.tile([1.0, 0.0], (50, 1))
    assert not unchecked_rule(X, sure, level=0.29).any()
    assert unchecked_rule(X, sure, level=0.31)[:, 1].all()


def test_with_few_human_labels_the_promise_holds_for_every_fuser(panel, drawer, fuser_name):
    X, gold, texts = panel
    for n in (0, 10, 19):
        fused = fuse(X, drawer(gold, n), texts=texts, method=fuser_name)
        assert not fused.calibrated
        assert fused.negative[np.arange(300), gold].mean() <= 0.01


def test_rows_whose_answers_say_almost_nothing_keep_their_label(fuser_name):
    z = np.tile([0.0004, 0.0005, 0.0001], (60, 2, 1))  # at most a thousandth a class
    X = PanelAnswers(ids=map(str, range(60)), llms=("a", "b"), z=z, c=np.zeros_like(z))
    y = np.full(60, -1)
    for n in (0, 6):
        y[:n] = np.arange(n) % 3
        negative = fuse(X, y, method=fuser_name).negative
        assert not negative.all(1).any()
        assert not negative[np.arange(60), fuse(X, y, method=fuser_name).label].any()
