import numpy as np
import pytest

from mollia.arrays import frozen, read_only


def test_what_somebody_could_write_to_is_copied():
    values = np.arange(4.0)
    kept = read_only(values, np.float64)
    values[0] = 9.0
    assert kept.tolist() == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="read-only"):
        kept[0] = 1.0


def test_a_read_only_view_of_what_somebody_could_write_to_is_copied():
    values = np.arange(4.0)
    view = values[:2]
    view.setflags(write=False)
    kept = read_only(view, np.float64)
    values[0] = 9.0
    assert kept.tolist() == [0, 1]


def test_what_nobody_can_write_to_is_kept_without_a_copy():
    values = frozen(np.arange(4.0))
    assert read_only(values, np.float64) is values
    assert np.shares_memory(read_only(values[1:3], None), values)


def test_another_type_is_a_copy_of_that_type():
    values = frozen(np.arange(4))
    assert read_only(values, np.float64).dtype == np.float64
    assert read_only(values.astype(np.float32), None).dtype == np.float32
