import numpy as np
import pytest

from mollia.errors import DataError
from mollia.honest.drift import drift


@pytest.fixture(scope="module")
def pool():
    return np.random.default_rng(0).dirichlet([2, 1, 0.5], 1500)


def test_random_draws_hardly_ever_alarm(pool):
    found = [drift(pool[np.random.default_rng(s).permutation(1500)[:50]], pool) for s in range(40)]
    assert sum(f.alarming for f in found) <= 1
    assert 0.2 < np.mean([f.p for f in found]) < 0.8


def test_rows_of_one_kind_alarm_and_name_the_class(pool):
    rows = np.argsort(-pool[:, 2])[:200][::4]
    found = drift(pool[rows], pool)
    assert found.alarming
    assert found.widest == 2
    assert found.in_seed > found.in_pool + 0.2


def test_labelled_rows_a_point_less_sure_than_a_sure_pool_are_no_alarm():
    rng = np.random.default_rng(0)
    classes = np.eye(3)[rng.integers(3, size=300)]
    sure = 0.98 * classes + 0.01 + 0.001 * rng.standard_normal((300, 3))
    refitted = 0.97 * classes[:40] + 0.01 + 0.005 * (1 - classes[:40])
    assert not drift(refitted, sure[40:]).alarming
    assert drift(refitted[classes[:40, 0] == 1], sure[40:]).alarming, "rows of one class still are"


def test_nothing_to_compare_is_no_alarm(pool):
    assert drift(pool[:0], pool) is None
    assert drift(pool[:5], pool[:5]) is None
    with pytest.raises(DataError):
        drift(pool[:5, :2], pool)
