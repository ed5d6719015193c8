import numpy as np
import pytest

from mollia.arrays import softmax
from mollia.fusion.calibrate import CENTRE, folds, temperature


def draw(scores, rng):
    return np.array([rng.choice(len(p), p=p) for p in softmax(scores)])


@pytest.mark.parametrize("true", [0.7, 1.0, 3.0])
def test_many_labels_find_the_temperature_the_scores_were_multiplied_by(true):
    rng = np.random.default_rng(0)
    scores = rng.normal(scale=2.0, size=(5000, 4))
    assert temperature(true * scores, draw(scores, rng)) == pytest.approx(true, rel=0.08)


def test_without_evidence_it_stays_at_its_centre():
    assert temperature(np.zeros((30, 3)), np.zeros(30, int)) == pytest.approx(CENTRE, rel=0.03)


def test_folds_are_even():
    assert np.bincount(folds(23)).tolist() == [5, 5, 5, 4, 4]
