import numpy as np
import pytest

from mollia.errors import DataError
from mollia.people.seed_rows import (
    SeedPool,
    at_first,
    audit_rows,
    batch_rows,
    check_strategy,
    random_rows,
    weighted_kmeans_rows,
)
from mollia.records import PanelAnswers

N, NOTHING = 60, np.zeros(0, np.int64)


def seed_pool(*, doubt=(), groups=None, random_state=0):
    """Two LLMs, two classes; they agree but in the rows of `doubt`, where the posterior is even."""
    said = np.array([[i % 2, i % 2] for i in range(N)])
    said[list(doubt), 1] = 1 - said[list(doubt), 1]
    c = np.eye(2)[said]

    def fit(y):
        return np.where(y[:, None] >= 0, np.eye(2)[y], c.mean(1) * 0.9 + 0.05)

    return SeedPool(
        groups=np.arange(N) if groups is None else groups,
        n_classes=2,
        answers=lambda: PanelAnswers(ids=tuple(map(str, range(N))), llms=("u", "v"), z=np.zeros_like(c), c=c),
        vectors=lambda: np.zeros((N, 0), np.float32),
        fit=fit,
        random_state=random_state,
    )


def test_a_larger_random_draw_holds_the_smaller_one_and_says_its_own_chance():
    few, many = (random_rows(seed_pool(), n, NOTHING) for n in (10, 30))
    assert few.rows.tolist() == many.rows[:10].tolist()
    assert (set(few.chance), set(many.chance), many.use) == ({10 / N}, {0.5}, "seed")


def test_audit_rows_are_drawn_apart_from_the_seed():
    pool = seed_pool(groups=np.arange(N) // 2)
    audit = audit_rows(pool, 10, NOTHING)
    seed = random_rows(pool, 20, audit.rows)
    assert len(seed.rows) == 20
    assert not set(audit.rows // 2) & set(seed.rows // 2), "no text stands on both sides"
    assert audit.use == "audit"


def test_a_batch_takes_the_doubtful_rows_and_only_open_ones():
    doubt = [3, 17, 22, 40]
    y = np.full(N, -1)
    y[22] = 0
    picked = batch_rows(seed_pool(doubt=doubt), 3, y, np.array([22]))
    assert sorted(picked.rows.tolist()) == [3, 17, 40]
    assert np.isnan(picked.chance).all()
    assert picked.use == "review", "a chosen row must not enter the figure"


def test_clusters_give_doubtful_rows_a_larger_chance_and_every_row_some():
    counts = np.zeros(N)
    doubt = list(range(8))
    for state in range(300):
        drawn = weighted_kmeans_rows(seed_pool(doubt=doubt, random_state=state), 4, NOTHING)
        counts[drawn.rows] += 1
        assert len(drawn.rows) == 4
        assert (drawn.chance > 0).all()
    assert counts[doubt].mean() > 2 * counts[8:].mean()
    assert (counts > 0).all()


def test_the_inverse_chances_of_a_cluster_draw_count_the_pool():
    totals = [
        (1 / weighted_kmeans_rows(seed_pool(doubt=range(0, 30, 3), random_state=s), 4, NOTHING).chance).sum()
        for s in range(300)
    ]
    assert np.mean(totals) == pytest.approx(N, abs=3 * np.std(totals) / np.sqrt(300))


def test_batches_begin_with_ten_or_three_a_class_at_random():
    assert [at_first("batches", k, 100) for k in (2, 4, 21)] == [10, 12, 63]
    assert at_first("batches", 21, 50) == at_first("random", 2, 50) == 50


def test_more_rows_than_there_are_and_wrong_names_are_refused():
    with pytest.raises(DataError, match="10 different texts are left"):
        batch_rows(seed_pool(), 11, np.full(N, -1), np.arange(50))
    with pytest.raises(DataError, match='Did you mean "batches"'):
        check_strategy("batch")
