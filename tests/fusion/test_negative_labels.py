import numpy as np

from mollia.fusion import fuse
from mollia.fusion.negative_labels import answers_rule, paper_rule, posterior_rule
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


def test_posterior_rule():
    assert posterior_rule(np.array([[0.98, 0.011, 0.009]])).tolist() == [[False, False, True]]


def test_human_rows_have_no_negative_labels_and_others_keep_their_label(panel, drawer):
    X, gold, texts = panel
    y = drawer(gold, 50)
    fused = fuse(X, y, texts=texts)
    assert fused.calibrated
    assert fused.negative[~fused.human].any()
    assert not fused.negative[fused.human].any()
    assert not fused.negative[np.arange(300), fused.label].any()
    assert not fused.negative[np.arange(300), gold].mean() > 0.01
