import numpy as np
import pytest

from mollia.encode.precomputed import Precomputed
from mollia.errors import DataError


def test_vectors_are_found_by_text(tmp_path):
    np.savez(tmp_path / "v.npz", texts=["a", "b", "a"], vectors=[[1, 2], [3, 4], [5, 6]])
    encoder = Precomputed.from_npz(tmp_path / "v.npz")
    assert encoder.dim == 2
    assert encoder.encode(["b", "a", "b"]).tolist() == [[3, 4], [1, 2], [3, 4]]
    assert encoder.encode([]).shape == (0, 2)
    assert encoder.name != Precomputed(["a"], [[1, 2]]).name


def test_a_text_without_a_vector_is_named():
    with pytest.raises(DataError, match="1 of 2 texts have no vector, the first is 'c'"):
        Precomputed(["a"], [[1.0]]).encode(["a", "c"])


def test_wrong_vectors_are_refused():
    with pytest.raises(DataError, match=r"shape \(2, d\)"):
        Precomputed(["a", "b"], [[1.0]])
    with pytest.raises(DataError, match="text 1"):
        Precomputed(["a", "b"], [[1.0], [np.nan]])


def test_a_pickle_is_refused(tmp_path):
    np.savez(tmp_path / "v.npz", texts=np.array(["a", {}], object), vectors=[[1], [2]])
    with pytest.raises(DataError, match="holds no vectors"):
        Precomputed.from_npz(tmp_path / "v.npz")
