"""A pool fused quickly between two batches, and the draw that follows how unsure it is."""

import numpy as np
import pytest

from mollia.people.seed_pool import seed_pool
from mollia.people.seed_rows import BATCH, FLOOR, doubt_rows
from mollia.query.review_order import doubt
from mollia.records import PanelAnswers

NOBODY = np.zeros(0, np.int64)


def answers(n=120, *, usable=True):
    """Two LLMs: sure of the first half of the rows, split on the second."""
    z = np.zeros((n, 2, 2))
    if usable:
        z[:, 0] = [0.9, 0.1]
        z[: n // 2, 1], z[n // 2 :, 1] = [0.9, 0.1], [0.1, 0.9]
    return PanelAnswers(ids=tuple(map(str, range(n))), llms=("a", "b"), z=z, c=np.zeros_like(z))


def pool(found, **options):
    n = len(found)
    return seed_pool(lambda: found, None, groups=np.arange(n), n_classes=2, random_state=0, **options)


def test_a_quick_fit_says_something_of_every_row_though_it_learns_from_some():
    found = answers(400)
    y = np.full(400, -1)
    y[:3], y[-3:] = 0, 1
    few, all_ = pool(found, most=50).fit(y), pool(found).fit(y)
    assert few.shape == all_.shape == (400, 2)
    assert few.sum(1) == pytest.approx(1)
    assert doubt(few)[200:390].mean() > doubt(few)[10:200].mean() + 0.1


def test_answers_are_called_for_once_and_only_when_they_are_needed():
    calls = []
    found = answers()
    made = seed_pool(
        lambda: calls.append(1) or found, None, groups=np.arange(120), n_classes=2, random_state=0
    )
    assert not calls
    made.fit(np.full(120, -1))
    made.fit(np.full(120, -1))
    assert calls == [1]


def test_without_any_answer_all_rows_are_as_likely():
    drawn = doubt_rows(pool(answers(usable=False)), BATCH, np.full(120, -1), NOBODY, batch=1)
    assert drawn.chance == pytest.approx(BATCH / 120)


def test_doubtful_rows_come_more_often_and_no_row_less_often_than_the_floor():
    drawn = doubt_rows(pool(answers()), BATCH, np.full(120, -1), NOBODY, batch=3)
    assert drawn.batch == 3
    assert len(set(drawn.rows.tolist())) == BATCH
    assert (drawn.chance >= FLOOR * BATCH / 120 - 1e-12).all()
    assert drawn.chance[drawn.rows >= 60].min() > drawn.chance[drawn.rows < 60].max()


def test_the_written_chance_is_how_often_a_row_is_drawn():
    """Over 400 batches of the same pool, each with its own random numbers, with three rows of one text."""
    found, groups = answers(40), np.maximum(np.arange(40) - 2, 0)
    fitted = pool(found).fit(np.full(40, -1))
    counts, stated = np.zeros(40), np.zeros(40)
    for batch in range(400):
        made = seed_pool(lambda: found, None, groups=groups, n_classes=2, random_state=0)
        drawn = doubt_rows(
            type(made)(
                groups=groups,
                n_classes=2,
                answers=made.answers,
                vectors=made.vectors,
                fit=lambda _: fitted,
                random_state=0,
            ),
            5,
            np.full(40, -1),
            NOBODY,
            batch=batch,
        )
        counts[drawn.rows] += 1
        stated[drawn.rows] = drawn.chance
    assert counts / 400 == pytest.approx(stated, abs=0.08)
    assert counts[:3].sum() / 400 == pytest.approx(3 * stated[0], abs=0.08)
