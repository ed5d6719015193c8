import numpy as np
import pytest

from mollia.query.k_center import k_center


def naive(vectors, centres, n):
    """The definition, at O(n m (l + n))."""
    centres, rows = list(centres), []
    for _ in range(n):
        far = [min(((v - c) ** 2).sum() for c in centres) for v in vectors]
        rows.append(int(np.argmax(far)))
        centres.append(vectors[rows[-1]])
    return rows


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_definitions_greedy_k_center(seed):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(60, 5)).astype(np.float32)
    centres = rng.normal(size=(4, 5)).astype(np.float32)
    rows, radii = k_center(vectors, centres, 12)
    assert rows.tolist() == naive(vectors, centres, 12)
    assert (np.diff(radii) <= 1e-4).all()


def test_the_radius_is_within_twice_the_best_possible():
    """On points on a line the best cover by k intervals is known."""
    vectors = np.repeat(np.arange(10.0)[:, None] * 10, 3, axis=0).astype(np.float32)
    rows, _ = k_center(vectors, np.zeros((0, 1), np.float32), 10)
    assert len({float(vectors[row, 0]) for row in rows}) == 10


def test_equal_rows_are_picked_once_each():
    rows, radii = k_center(np.ones((5, 2), np.float32), np.ones((1, 2), np.float32), 5)
    assert rows.tolist() == [0, 1, 2, 3, 4]
    assert (radii == 0).all()


def test_far_from_the_origin_the_distances_stay_right():
    vectors = (np.array([[0.0], [1.0], [3.0]]) + 1000).astype(np.float32)
    rows, radii = k_center(vectors, np.array([[1000.0]], np.float32), 2)
    assert rows.tolist() == [2, 1]
    assert radii == pytest.approx([3.0, 1.0], abs=0.3)
