import numpy as np
import pytest

from mollia.fusion import MoLAM, fuse
from mollia.fusion.meta_features import meta_features
from mollia.records import PanelAnswers


@pytest.fixture
def answers():
    """One text, three LLMs: one answered, one said nothing usable, one was not asked."""
    return PanelAnswers(
        ids=("a",),
        llms=("u", "v", "w"),
        z=[[[0.1, 0.2], [0.0, 0.0], [0.3, 0.4]]],
        c=[[[0.5, 0.5], [0.0, 0.0], [0.9, 0.1]]],
        asked=np.array([[True, True, False]]),
    )


def test_h_is_z1_c1_z2_c2_with_zeros_for_all_that_is_missing(answers):
    np.testing.assert_array_equal(meta_features(answers), [[0.1, 0.2, 0.5, 0.5, *[0] * 8]])


def test_what_is_missing_is_filled_with_the_mean_of_the_llms_that_answered(answers):
    np.testing.assert_array_equal(meta_features(answers, filled=True), [[0.1, 0.2, 0.5, 0.5] * 3])


def test_a_text_that_nobody_answered_stays_zeros(answers):
    nobody = PanelAnswers(ids=answers.ids, llms=answers.llms, z=0 * answers.z, c=0 * answers.c)
    np.testing.assert_array_equal(meta_features(nobody, filled=True), np.zeros((1, 12)))


@pytest.mark.parametrize("ending", ["not asked", "failed"])
def test_human_labels_on_the_rows_that_a_dead_llm_answered_do_not_mislead_about_the_others(
    panel, drawer, ending
):
    X, gold, _ = panel
    z, c, asked = X.z.copy(), X.c.copy(), X.asked.copy()
    z[150:, 0] = c[150:, 0] = 0.0
    asked[150:, 0] = ending == "failed"
    y = np.full(300, -1)
    y[:150] = drawer(gold[:150], 50)
    halved = PanelAnswers(ids=X.ids, llms=X.llms, z=z, c=c, asked=asked)

    def right(answers):
        molam = MoLAM(variant="repaired", n_estimators=60, learning_rate=0.1, max_rounds=2, n_jobs=1)
        return (fuse(answers, y, method=molam).label == gold)[150:].mean()

    assert right(halved) > right(X.subpanel(X.llms[1:])) - 0.04
