import numpy as np
import pytest

from mollia.fusion.gate import gate


def test_constant_labellings_say_nothing_and_keep_it_shut():
    same = np.eye(3)[np.zeros(10, int)]
    assert gate(same, same) == 0.0
    assert gate(same[:0], same[:0]) == 0.0


@pytest.mark.parametrize(("agreeing", "expected"), [(60, 0.0), (70, 0.0), (72.5, 0.5), (75, 1.0), (100, 1.0)])
def test_the_gate_opens_from_kappa_04_to_05(agreeing, expected):
    panel = np.eye(2)[np.arange(2000) % 2]
    text = panel.copy()
    swapped = np.arange(2000) >= agreeing * 20
    text[swapped] = text[swapped][:, ::-1]
    assert gate(panel, text) == pytest.approx(expected, abs=1e-6)
