import numpy as np

from mollia.fusion.meta_features import meta_features
from mollia.records import PanelAnswers


def test_h_is_z1_c1_z2_c2_with_zeros_for_unusable_and_nan_for_unasked():
    X = PanelAnswers(
        ids=("a",),
        llms=("u", "v", "w"),
        z=[[[0.1, 0.2], [0.0, 0.0], [0.3, 0.4]]],
        c=[[[0.5, 0.5], [0.0, 0.0], [0.9, 0.1]]],
        asked=np.array([[True, True, False]]),
    )
    expected = [[0.1, 0.2, 0.5, 0.5, 0, 0, 0, 0, np.nan, np.nan, np.nan, np.nan]]
    np.testing.assert_array_equal(meta_features(X), expected)
