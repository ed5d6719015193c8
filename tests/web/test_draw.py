import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mollia.web.draw import make_draw, next_row

GROUPS = np.array([0, 1, 1, 1, 2, 3, 3, 4])


def test_every_text_is_as_likely_to_come_first_however_often_it_occurs():
    first = [GROUPS[make_draw(GROUPS, state, "x").rows[0]] for state in range(3000)]
    np.testing.assert_allclose(np.bincount(first) / 3000, 0.2, atol=0.03)


def test_a_rows_chance_is_how_often_it_is_drawn():
    drawn = np.zeros(len(GROUPS))
    chance = np.zeros(len(GROUPS))
    for state in range(3000):
        draw = make_draw(GROUPS, state, "x")
        for place in range(2):
            drawn[draw.rows[place]] += 1
            chance[draw.rows[place]] = draw.chance(place, 2)
    np.testing.assert_allclose(drawn / 3000, chance, atol=0.03)
    assert drawn[1:4].all(), "each copy of a text may stand for it"


def test_a_draw_leaves_labelled_texts_out_with_all_their_copies():
    draw = make_draw(GROUPS, 0, "x").without([2, 7], GROUPS)
    assert sorted(GROUPS[draw.rows]) == [0, 2, 3]
    assert draw.chance(0, 50) * draw.members[0] == 1.0


@given(
    st.permutations(range(8)),
    st.sets(st.integers(0, 7)),
    st.sets(st.integers(0, 7)),
    st.lists(st.integers(0, 7), unique=True),
)
def test_the_next_row_is_the_first_open_one_and_skipped_ones_come_last(rows, done, taken, skipped):
    found = next_row(rows, done=done, taken=taken, skipped=skipped)
    free = [row for row in rows if row not in done | taken]
    fresh = [row for row in free if row not in skipped]
    again = [row for row in skipped if row in free]
    assert found == next(iter(fresh + again), None)


def test_a_draw_is_the_same_for_the_same_state_only():
    orders = [tuple(make_draw(GROUPS, state, "x").rows.tolist()) for state in (5, 5, 6, 7)]
    assert orders[0] == orders[1]
    assert len(set(orders)) > 1
