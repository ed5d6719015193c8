from dataclasses import replace

import numpy as np
import pytest

from mollia.query.entropy import entropies, entropy


def test_entropy_is_in_nats_and_zero_for_a_certain_row():
    found = entropies(np.array([[0.5, 0.5], [1.0, 0.0], [0.25, 0.75]]))
    assert found == pytest.approx([np.log(2), 0.0, 0.5623351])


def test_the_least_sure_rows_come_first_and_ties_keep_the_pools_order(make_view):
    probs = np.array([[1.0, 0, 0], [0.4, 0.3, 0.3], [0.5, 0.5, 0], [0.3, 0.4, 0.3], [np.nan] * 3])
    found = entropy(replace(make_view(5), probs=probs), 5, np.random.default_rng(0))
    assert found.rows.tolist() == [1, 3, 2, 0, 4]
