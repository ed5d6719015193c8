"""Which labelled rows speak for others, and for how many."""

import numpy as np
import pytest

from mollia.people.known_rows import known_rows
from mollia.quality.drawn_rows import drawn_rows
from mollia.records import HumanLabels, Pool


def labels(ids, chance, *, use="seed", batch=1, size=0):
    n = len(ids)
    return HumanLabels(
        ids=tuple(ids),
        y=np.zeros(n),
        chance=np.broadcast_to(chance, n),
        use=use,
        batch=np.broadcast_to(batch, n),
        size=np.broadcast_to(size, n),
    )


def found(given, groups=None, n=100):
    pool = Pool(ids=tuple(f"r{i}" for i in range(n)), texts=("t",) * n, gold=np.full(n, -1))
    groups = np.arange(n) if groups is None else groups
    known = known_rows(pool, HumanLabels.joined(given.values()), groups)
    return drawn_rows(pool, groups, known, given), known


def ids(*rows):
    return [f"r{row}" for row in rows]


def test_rows_of_unknown_chance_count_alike_and_reviews_not_at_all():
    drawn, _ = found(
        {"seed": labels(ids(1, 2, 3), np.nan, batch=0), "review": labels(ids(4), np.nan, use="review")}
    )
    assert drawn.rows.tolist() == [1, 2, 3]
    assert drawn.over(100).sum() == 3


def test_drawn_rows_stand_for_the_open_ones_and_a_review_for_none():
    given = {
        "seed": labels(ids(*range(20)), 0.2, size=20),
        "review": labels(ids(*range(20, 30)), np.nan, use="review"),
    }
    drawn, known = found(given)
    assert drawn.weight.sum() == pytest.approx((~known.known).sum())
    assert drawn.weight[:20] == pytest.approx(4)
    assert drawn.weight[20:] == pytest.approx(-1)
    assert drawn.pool_weight[20:] == pytest.approx(0)
    assert drawn.pool_weight.sum() == pytest.approx(100)


def test_a_row_picked_before_a_batch_stands_for_itself_there():
    given = {
        "seed": labels(ids(*range(10)), 10 / 95, batch=2, size=10),
        "review": labels(ids(*range(90, 95)), np.nan, use="review", batch=1),
    }
    drawn, _ = found(given)
    assert drawn.pool_weight[10:] == pytest.approx(1)
    assert drawn.pool_weight.sum() == pytest.approx(100)


def test_copies_of_a_text_are_spoken_for_by_one_row_of_it():
    groups = np.concatenate([[0, 0], np.arange(1, 99)])  # 99 texts
    given = {"seed": labels(ids(0, 5, 6, 7), [4 / 99 / 2, 4 / 99, 4 / 99, 4 / 99], size=4)}
    drawn, known = found(given, groups)
    assert known.known.sum() == 5
    assert drawn.weight.tolist() == pytest.approx([47.5, 23.75, 23.75, 23.75])


def test_of_a_text_labelled_twice_the_drawn_row_speaks():
    groups = np.concatenate([[0, 0], np.arange(1, 99)])
    given = {"seed": labels(ids(1, 5), 0.1), "review": labels(ids(0), np.nan, use="review")}
    drawn, _ = found(given, groups)
    assert drawn.rows.tolist() == [1, 5]


def test_rows_left_without_a_label_are_counted_but_not_those_of_the_last_batch():
    first, last = ids(*range(7)), ids(*range(10, 14))
    given = {"seed": labels(first + last, 0.1, batch=[1] * 7 + [2] * 4, size=10)}
    drawn, _ = found(given)
    assert (drawn.asked, drawn.skipped) == (10, 3)


def test_a_label_whose_row_the_data_no_longer_has_speaks_for_nothing():
    pool = Pool(ids=("a", "b"), texts=("x", "y"), gold=np.full(2, -1))
    given = {"seed": labels(["a", "gone"], 0.5)}
    known = known_rows(pool, labels(["a"], 0.5), np.arange(2))
    assert drawn_rows(pool, np.arange(2), known, given).rows.tolist() == [0]
