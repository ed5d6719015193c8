import numpy as np

from mollia.fusion import fuse
from mollia.fusion.negative_labels import answers_rule, checked_level, paper_rule, tail, tail_rule
from mollia.records import PanelAnswers


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


def test_tail_rule_bounds_the_sum_over_the_denied_classes():
    P = np.array([[0.98, 0.006, 0.008, 0.006]])
    np.testing.assert_allclose(tail(P), [[1.0, 0.006, 0.02, 0.012]])
    assert tail_rule(P, level=0.015).tolist() == [[False, True, False, True]]
    assert tail_rule(P, level=0.0).tolist() == [[False] * 4]


def test_held_out_labels_lower_a_level_that_would_break_its_promise():
    sure = np.tile([0.998, 0.002], (60, 1))
    right, wrong_once = np.zeros(60, int), np.zeros(60, int)
    wrong_once[7] = 1
    assert checked_level(sure, right) == 0.01
    assert checked_level(sure, wrong_once) == 0.001  # half the tail of the row it was wrong about
    many, allowed = np.tile(sure, (2, 1)), np.tile(right, 2)
    allowed[7] = 1  # one of 120 rows is what one in a hundred allows
    assert checked_level(many, allowed) == 0.01


def test_human_rows_have_no_negative_labels_and_others_keep_their_label(panel, drawer):
    X, gold, texts = panel
    y = drawer(gold, 50)
    fused = fuse(X, y, texts=texts)
    assert fused.calibrated
    assert fused.negative[~fused.human].any()
    assert not fused.negative[fused.human].any()
    assert not fused.negative[np.arange(300), fused.label].any()
    assert not fused.negative[np.arange(300), gold].mean() > 0.01
