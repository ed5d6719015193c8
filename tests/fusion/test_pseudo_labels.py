import numpy as np

from mollia.fusion.pseudo_labels import pseudo_label


def test_labels_spread_row_by_row_until_nobody_is_sure():
    seen = []

    def neighbours(labels):
        """Sure of the class of a labelled left neighbour, up to row 3."""
        seen.append(labels.copy())
        P = np.full((6, 2), 0.5)
        for i in range(1, 4):
            if labels[i - 1] >= 0:
                P[i] = [0.05, 0.95]
        return P

    y = np.array([1, -1, -1, -1, -1, -1])
    _, labels = pseudo_label(neighbours, y, sigma=0.9, max_rounds=100)
    assert labels.tolist() == [1, 1, 1, 1, -1, -1]
    assert len(seen) == 4
    assert y.tolist() == [1, -1, -1, -1, -1, -1]


def test_once_all_that_are_left_would_join_the_last_model_stays():
    seen = []

    def sure(labels):
        seen.append(labels)
        return np.array([[0.5, 0.5], [0.05, 0.95], [0.95, 0.05]])

    _, labels = pseudo_label(sure, np.array([1, -1, -1]), sigma=0.9, max_rounds=100)
    assert labels.tolist() == [1, -1, -1]
    assert len(seen) == 1


def test_sigma_itself_is_not_enough_and_rounds_are_bounded():
    P = np.array([[0.1, 0.9], [0.05, 0.95]])
    _, labels = pseudo_label(lambda _: P, np.array([-1, -1]), sigma=0.9, max_rounds=1)
    assert labels.tolist() == [-1, 1]
    _, labels = pseudo_label(lambda _: P, np.array([-1, -1]), sigma=0.9, max_rounds=0)
    assert labels.tolist() == [-1, -1]
