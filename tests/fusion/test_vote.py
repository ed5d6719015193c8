import numpy as np

from mollia.fusion import Vote
from mollia.records import PanelAnswers


def vote(z, c):
    X = PanelAnswers(ids=("a",), llms=tuple("uvwx"[: len(c)]), z=[z], c=[c])
    return Vote().fit(X, np.array([-1])).predict_proba(X)[0]


def test_the_majority_of_the_llms_wins_over_the_larger_mean():
    c = [[0.6, 0.4, 0.0], [0.6, 0.4, 0.0], [0.0, 1.0, 0.0]]
    P = vote(np.zeros((3, 3)), c)
    assert P.argmax() == 0
    np.testing.assert_allclose(P, [2 / 3, 1 / 3, 0], atol=1e-3)


def test_ties_go_to_the_larger_mean_share():
    assert vote(np.zeros((2, 3)), [[0.0, 0.6, 0.4], [0.0, 0.2, 0.8]]).argmax() == 2
    assert vote(np.zeros((2, 3)), [[0.0, 1.0, 0.0], [0.0, 0.2, 0.8]]).argmax() == 1


def test_an_llm_without_samples_votes_with_its_probabilities():
    assert vote([[0.1, 0.2, 0.3], [0.0, 0.0, 0.0]], np.zeros((2, 3))).argmax() == 2
