import unicodedata

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from mollia.data import duplicates
from mollia.strings import Strings


def o11_texts():
    """1,000 rows = 700 different texts + 300 rows that repeat 20 further texts, 15 each."""
    repeated = [f"répété {i}" for i in range(20)]
    forms = (str, lambda t: t + " ", lambda t: unicodedata.normalize("NFD", t), lambda t: "\n" + t + "\t")
    copies = [forms[i % 4](repeated[i % 20]) for i in range(300)]
    return [f"different {i}" for i in range(700)] + copies


def test_copies_in_another_unicode_form_or_with_blanks_at_the_ends_are_one_group():
    """tests/cases/README.md, O11: at most 720 questions a model, and we normalise: exactly 720."""
    groups = duplicates.group(o11_texts())
    assert groups.max() + 1 == 720
    assert np.array_equal(groups[:700], np.arange(700))
    assert np.bincount(groups)[700:].tolist() == [15] * 20


WRITTEN = st.lists(st.text(st.sampled_from("aé\u0301e \t\x1c\x85\u00a0\u2028\n1"), max_size=5), max_size=60)


@given(texts=WRITTEN, at=st.integers(0, 60))
def test_texts_in_arrow_memory_are_numbered_as_python_strings(texts, at):
    in_arrow = pa.chunked_array([texts[:at], texts[at:]], pa.string())
    assert duplicates.group(Strings(in_arrow)).tolist() == duplicates.group(texts).tolist()
    assert (
        duplicates.group(Strings(pa.array(texts, pa.string()))).tolist() == duplicates.group(texts).tolist()
    )


def test_copies_with_different_human_labels_are_listed():
    groups = duplicates.group(o11_texts())
    y = np.full(1000, -1)
    y[[0, 1, 700, 720, 701, 721, 741]] = [0, 1, 0, 1, 2, 2, 0]
    found = duplicates.conflicts(groups, y)
    assert [rows.tolist() for rows in found] == [[700, 720], [701, 721, 741]]
    assert duplicates.conflicts(groups, np.full(1000, -1)) == []


def test_near_copies_differ_only_in_case_digits_and_punctuation():
    texts = [
        "Order 17 is late!",
        "order 99 is LATE",
        "order is later",
        "Café?",
        "cafe\u0301",
        "12",
        "13",
        "!",
    ]
    assert duplicates.near(texts).tolist() == [0, 0, 1, 2, 2, 3, 4, 5]


def test_case_and_inner_blanks_make_a_difference():
    assert duplicates.group(["a b", "a  b", "A b", "", "  "]).tolist() == [0, 1, 2, 3, 4]


def test_texts_of_white_space_alone_are_like_no_other():
    """A person's label of a row without a text must not become the label of all such rows."""
    assert duplicates.group(["", "a", " ", "a", "\t"]).tolist() == [0, 1, 2, 1, 3]
    assert duplicates.near(["", "!", " ", "!"]).tolist() == [0, 1, 2, 1]


@given(st.lists(st.text(max_size=3)))
def test_a_group_is_exactly_the_texts_with_one_normal_form(texts):
    normal = [unicodedata.normalize("NFC", text).strip() for text in texts]
    groups = duplicates.group(texts).tolist()
    for i, a in enumerate(normal):
        for j, b in enumerate(normal):
            assert (groups[i] == groups[j]) == (i == j or bool(a == b and a))
    assert sorted(set(groups)) == list(range(len(set(groups))))
