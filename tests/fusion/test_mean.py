import numpy as np

from mollia.fusion import Mean
from mollia.records import PanelAnswers


def mean(z, c):
    X = PanelAnswers(ids=("a",), llms=tuple("uvwx"[: len(c)]), z=[z], c=[c])
    return Mean().fit(X, np.array([-1])).predict_proba(X)[0]


def test_each_z_is_divided_by_its_sum_before_the_mean():
    # Unnormalised, the louder second LLM would win.
    P = mean([[0.08, 0.02], [0.4, 0.6]], np.zeros((2, 2)))
    np.testing.assert_allclose(P, [0.6, 0.4])


def test_shares_stand_in_only_where_an_llm_has_no_z():
    P = mean([[0.5, 0.5], [0.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [0.2, 0.2], [0.0, 0.0]])
    np.testing.assert_allclose(P, [0.5, 0.5])
