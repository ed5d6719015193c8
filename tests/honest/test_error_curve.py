import numpy as np
import pytest

from mollia.errors import DataError, NotEnoughLabels
from mollia.honest.error_curve import learn_error_curve, reviews_needed


def pool(shift=0.0, n=3000, seed=0):
    """Return confidences and whether right; `shift` makes the labels worse than they say, in logits."""
    rng = np.random.default_rng(seed)
    confidence = rng.beta(4, 1, n).clip(0.01, 0.995)
    chance = 1 / (1 + np.exp(-(np.log(confidence / (1 - confidence)) - shift)))
    return confidence, rng.random(n) < chance


def really_needed(confidence, right, target):
    order = np.argsort(confidence)
    for reviewed in range(len(right) + 1):
        if (~right[order[reviewed:]]).sum() <= (1 - target) * len(right):
            return reviewed
    raise AssertionError


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_many_rows_teach_how_wrong_the_confidence_is(shift):
    confidence, right = pool(shift)
    curve = learn_error_curve(confidence, right)
    assert curve.fitted == pytest.approx([shift, 1.0], abs=0.15)
    assert curve.wrong(confidence).mean() == pytest.approx((~right).mean(), abs=0.01)


def test_few_rows_stay_near_what_the_confidence_says():
    confidence, right = pool()
    curve = learn_error_curve(confidence[:3], right[:3])
    assert np.abs(curve.fitted - [0, 1]).max() < 0.8


@pytest.mark.parametrize("shift", [0.0, 0.7])
@pytest.mark.parametrize("target", [0.9, 0.95])
def test_the_forecast_is_near_and_its_range_usually_holds(shift, target):
    confidence, right = pool(shift)
    real = really_needed(confidence, right, target)
    found = []
    for seed in range(60):
        rows = np.random.default_rng(seed).permutation(len(right))[:100]
        found.append(
            reviews_needed(learn_error_curve(confidence[rows], right[rows]), confidence, target=target)
        )
    assert np.mean([f.likely for f in found]) == pytest.approx(real, rel=0.15)
    assert np.mean([f.few <= real <= f.many for f in found]) >= 0.75
    assert all(f.few <= f.likely <= f.many for f in found)


def test_good_labels_need_no_review():
    confidence = np.full(200, 0.999)
    reviews = reviews_needed(learn_error_curve(confidence[:100], np.ones(100, bool)), confidence, target=0.8)
    assert reviews.likely == 0


def test_refuses_what_does_not_fit():
    with pytest.raises(NotEnoughLabels):
        learn_error_curve(np.ones(0), np.ones(0, bool))
    with pytest.raises(DataError):
        learn_error_curve(np.ones(2), np.ones(3, bool))
    curve = learn_error_curve(np.full(5, 0.9), np.ones(5, bool))
    with pytest.raises(DataError, match=r"Try 0\.95"):
        reviews_needed(curve, np.ones(3), target=95)


def test_certainty_that_is_often_wrong_is_unlearned():
    confidence = np.repeat([1.0, 0.6], [60, 40])  # a vote's: all LLMs agree on 60 rows
    right = np.ones(100, bool)
    right[:9] = right[60:78] = False
    curve = learn_error_curve(confidence, right)
    found = curve.wrong(np.array([1.0, 0.6]))
    assert found == pytest.approx([0.15, 0.45], abs=0.04)
    assert reviews_needed(curve, confidence, target=0.85).likely < 60
