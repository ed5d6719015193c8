import numpy as np

from mollia.robust.discrepancy import discrepancy_weights


def test_rows_where_student_and_panel_differ_weigh_alpha():
    student = np.array([[0.7, 0.3], [0.2, 0.8], [0.5, 0.5]])
    y_plus = np.array([0, 0, 1])
    assert discrepancy_weights(student, y_plus).tolist() == [1.0, 0.5, 0.5]
    assert discrepancy_weights(student, y_plus, 0.25).tolist() == [1.0, 0.25, 0.25]


def test_an_empty_batch_has_no_weights():
    assert discrepancy_weights(np.zeros((0, 3)), np.zeros(0, int)).shape == (0,)
