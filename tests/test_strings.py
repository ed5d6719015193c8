import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from mollia.strings import Strings, kept, positions, taken, without_words

TEXTS = st.lists(st.text(max_size=6), max_size=12)


def in_arrow(texts, chunks=1):
    parts = np.array_split(np.arange(len(texts)), chunks)
    return Strings(pa.chunked_array([pa.array([texts[i] for i in part], pa.string()) for part in parts]))


@given(texts=TEXTS, chunks=st.integers(1, 3), data=st.data())
def test_strings_in_arrow_memory_are_the_sequence_that_a_tuple_would_be(texts, chunks, data):
    strings, plain = in_arrow(texts, chunks), tuple(texts)
    assert len(strings) == len(plain)
    assert tuple(strings) == plain
    assert strings == plain
    assert strings == in_arrow(texts)
    some = data.draw(st.slices(len(plain)))
    assert tuple(strings[some]) == plain[some]
    if plain:
        at = data.draw(st.integers(-len(plain), len(plain) - 1))
        assert strings[at] == plain[at]
        rows = np.array(data.draw(st.lists(st.integers(0, len(plain) - 1), max_size=5)), np.int64)
        assert tuple(taken(strings, rows)) == taken(plain, rows)
        assert strings != (*plain[:-1], plain[-1] + "x")
        assert strings != plain[:-1]


@given(
    texts=st.lists(st.text(alphabet="a7 é?\t\n\x1c\u2003\u200b", max_size=4), max_size=9),
    chunks=st.integers(1, 3),
)
def test_a_string_of_nothing_but_white_space_is_without_words(texts, chunks):
    expected = [not text.strip() for text in texts]
    assert without_words(in_arrow(texts, chunks)).tolist() == expected
    assert without_words(tuple(texts)).tolist() == expected


@given(
    texts=st.lists(st.text(alphabet="a bé\t\n", max_size=9), min_size=1, max_size=6), most=st.integers(1, 9)
)
def test_parts_are_what_is_between_blanks_of_the_first_characters(texts, most):
    number, bounds, distinct = in_arrow(texts).parts(most)
    for row, text in enumerate(texts):
        found = [distinct[n] for n in number[bounds[row] : bounds[row + 1]]]
        assert [part for part in found if part] == text[:most].split()


def test_what_nobody_can_change_is_kept_as_it_is():
    strings = in_arrow(["a"])
    assert kept(strings) is strings
    assert kept(["a", "b"]) == ("a", "b")
    assert strings != 1


@given(
    st.lists(st.text(max_size=3), max_size=12, unique=True),
    st.lists(st.text(max_size=3), max_size=8),
    st.integers(1, 3),
)
def test_names_stand_where_they_stand_in_a_list(known, names, chunks):
    wanted = [*names, *known[:2], *names]
    expected = [known.index(name) if name in known else -1 for name in wanted]
    assert positions(in_arrow(known, chunks), wanted).tolist() == expected
    assert positions(tuple(known), wanted).tolist() == expected
