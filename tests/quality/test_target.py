"""A target accuracy: what is accepted holds it, and what is not is said with what it would take."""

import numpy as np
import pytest

from mollia.errors import DataError
from mollia.quality.judging import Judging
from mollia.quality.target import promise

N = 2000


def pool(seed):
    """Return a calibrated two-class posterior and its truth; some rows are nearly sure."""
    rng = np.random.default_rng(seed)
    confidence = 0.5 + 0.5 * rng.beta(3, 1, N)
    right = rng.random(N) < confidence
    posterior = np.stack([confidence, 1 - confidence], 1)
    return posterior, np.where(right, 0, 1), rng


def judged(posterior, truth, rows, chance=None):
    return Judging(
        rows=rows,
        y=truth[rows],
        probs=posterior[rows],
        chance=np.full(len(rows), np.nan) if chance is None else chance,
        audit=True,
    )


EVERY = np.ones(N, bool)
NOBODY = np.zeros(N, bool)


def test_what_is_accepted_holds_the_target_in_at_least_the_assured_share_of_runs():
    broken, accepted = 0, []
    for seed in range(100):
        posterior, truth, rng = pool(seed)
        rows = rng.choice(N, 200, replace=False)
        kept = promise(judged(posterior, truth, rows), posterior, labelled=EVERY, human=NOBODY, target=0.9)
        share = (truth[kept.rows] == 0).mean() if kept.rows.any() else 1.0
        broken += share < 0.9
        accepted.append(kept.rows.mean())
    assert broken <= 0.1 * 100, "the assurance is 90 %"
    assert np.mean(accepted) > 0.2, "a rule that accepts nothing would hold any target"


def test_the_forecast_of_reviews_is_near_what_is_really_needed():
    posterior, truth, rng = pool(1)
    rows = rng.choice(N, 200, replace=False)
    kept = promise(judged(posterior, truth, rows), posterior, labelled=EVERY, human=NOBODY, target=0.95)
    wrong = (truth != 0)[np.argsort(-posterior[:, 0], kind="stable")]
    needed = N - np.searchsorted(np.cumsum(wrong), 0.05 * N, side="right")
    assert kept.reviews.few <= needed <= kept.reviews.many
    assert any("reviewed first: about" in sentence for sentence in kept.notes)


def test_rows_people_labelled_are_accepted_and_rows_without_a_label_never():
    posterior, truth, rng = pool(2)
    rows = rng.choice(N, 300, replace=False)
    human, labelled = NOBODY.copy(), EVERY.copy()
    human[:10], labelled[10:60] = True, False
    kept = promise(judged(posterior, truth, rows), posterior, labelled=labelled, human=human, target=0.9)
    assert kept.rows[:10].all()
    assert not kept.rows[10:60].any()
    assert kept.n_open == N - 60
    least = posterior[:, 0][kept.rows & ~human].min()
    assert least >= kept.accepted.threshold


def test_fifty_labels_accept_nothing_at_95_and_say_what_it_would_take():
    posterior, truth, rng = pool(3)
    rows = rng.choice(N, 50, replace=False)
    kept = promise(judged(posterior, truth, rows), posterior, labelled=EVERY, human=NOBODY, target=0.95)
    assert not kept.rows.any()
    assert "no group of rows can be guaranteed" in kept.notes[0]
    assert "labels would allow a first group" in kept.notes[0]


def test_without_judging_rows_or_an_even_draw_nothing_is_promised():
    posterior, truth, rng = pool(4)
    none = promise(None, posterior, labelled=EVERY, human=NOBODY, target=0.9)
    assert none.reviews is None
    assert "fewer than 10" in none.notes[0]
    rows = rng.choice(N, 200, replace=False)
    uneven = judged(posterior, truth, rows, chance=rng.uniform(0.1, 0.9, 200))
    kept = promise(uneven, posterior, labelled=EVERY, human=NOBODY, target=0.9)
    assert not kept.rows.any()
    assert "not equally likely" in kept.notes[0]
    assert kept.reviews is not None


def test_a_few_copied_texts_do_not_stand_in_the_way_of_a_promise():
    posterior, truth, rng = pool(6)
    rows = rng.choice(N, 300, replace=False)
    chance = np.full(300, 0.1)
    chance[:5] = 0.05  # texts that two rows have
    copied = judged(posterior, truth, rows, chance=chance)
    assert not copied.even
    kept = promise(copied, posterior, labelled=EVERY, human=NOBODY, target=0.9)
    assert kept.accepted is not None
    assert kept.rows.any()


def test_a_target_of_one_is_refused():
    posterior, truth, rng = pool(5)
    rows = rng.choice(N, 50, replace=False)
    with pytest.raises(DataError, match="between 0 and 1"):
        promise(judged(posterior, truth, rows), posterior, labelled=EVERY, human=NOBODY, target=1.0)
