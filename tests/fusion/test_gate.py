import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from mollia.fusion.gate import gate, kappa


def test_kappa_is_cohens():
    rng = np.random.default_rng(0)
    a = rng.integers(4, size=200)
    b = np.where(rng.random(200) < 0.6, a, rng.integers(4, size=200))
    assert kappa(a, b, 4) == pytest.approx(cohen_kappa_score(a, b))


def test_constant_labellings_agree_by_chance_alone():
    same = np.zeros(10, int)
    assert kappa(same, same, 3) == 0.0
    assert kappa(same[:0], same[:0], 3) == 0.0


@pytest.mark.parametrize(("agreeing", "expected"), [(60, 0.0), (70, 0.0), (72.5, 0.5), (75, 1.0), (100, 1.0)])
def test_the_gate_opens_from_kappa_04_to_05(agreeing, expected):
    panel = np.eye(2)[np.arange(2000) % 2]
    text = panel.copy()
    swapped = np.arange(2000) >= agreeing * 20
    text[swapped] = text[swapped][:, ::-1]
    assert gate(panel, text) == pytest.approx(expected, abs=1e-6)
