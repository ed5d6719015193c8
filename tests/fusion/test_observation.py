import numpy as np
import pytest

from mollia.fusion.observation import has_answer, log_observation, mean_over_llms, observe
from mollia.records import PanelAnswers


def panel(z, c, asked=None):
    more = {} if asked is None else {"asked": asked}
    return PanelAnswers(ids=("a",), llms=tuple("xyzw"[: len(z)]), z=[z], c=[c], **more)


def test_observation_is_half_z_half_c_and_either_alone_where_the_other_is_missing():
    o = observe(panel([[0.2, 0.2], [0.0, 0.0], [0.1, 0.3]], [[1.0, 0.0], [0.5, 0.0], [0.0, 0.0]]))[0]
    np.testing.assert_allclose(o, [[0.75, 0.25], [1.0, 0.0], [0.25, 0.75]])


def test_partly_unusable_samples_weigh_less_against_z():
    # c sums to .5: half of the samples named no class. norm(z)/2 + c/2 = (.25, .25) + (.25, 0).
    o = observe(panel([[0.3, 0.3]], [[0.5, 0.0]]))[0]
    np.testing.assert_allclose(o, [[2 / 3, 1 / 3]])


def test_nothing_usable_is_zero_everywhere_and_no_answer():
    o = observe(panel([[0.0, 0.0], [0.9, 0.1]], [[0.0, 0.0], [1.0, 0.0]], np.array([[True, False]])))
    assert not has_answer(o).any()
    assert not log_observation(o).any()
    np.testing.assert_allclose(mean_over_llms(o), [[0.5, 0.5]])


def test_mean_counts_only_llms_that_answered():
    o = np.array([[[0.0, 0.0], [0.9, 0.1], [0.7, 0.3]]])
    np.testing.assert_allclose(mean_over_llms(o), [[0.8, 0.2]])


def test_log_observation_is_centred():
    L = log_observation(np.array([[[0.7, 0.2, 0.1]]]))
    assert L.sum() == pytest.approx(0.0)
    assert L[0, 0, 0] - L[0, 0, 1] == pytest.approx(np.log(0.72 / 0.22))
