"""Words given with others' labels in sight."""

import numpy as np

from mollia.ledger.human_table import UNSURE, Said
from mollia.people.settled import conflicts, independent, is_settling, settling


def said(text_id, annotator, y, at=0.0):
    return Said(text_id=text_id, annotator=annotator, y=y, chance=np.nan, note="", at=at)


def test_a_settling_word_is_told_from_an_independent_one():
    words = [said("a", "kim", 0), said("a", settling("zoe"), 1)]
    assert independent(words) == words[:1]
    assert is_settling(settling("zoe"))
    assert not is_settling("zoe")


def test_rows_conflict_where_independent_labels_differ_until_someone_settles_them():
    differing = [said("a", "kim", 0, 1.0), said("a", "zoe", 1, 2.0), said("b", "kim", 0), said("b", "zoe", 0)]
    assert [each.text_id for each in conflicts(differing)] == ["a"]
    assert [each.annotator for each in conflicts(differing)[0].words] == ["kim", "zoe"]
    settled = [*differing, said("a", settling("lee"), 1, 3.0)]
    assert conflicts(settled) == []
    again = [*settled, said("a", "ann", 0, 4.0)]
    assert [each.text_id for each in conflicts(again)] == ["a"], "a later word contradicts again"


def test_who_is_unsure_contradicts_nobody():
    assert conflicts([said("a", "kim", 0), said("a", "zoe", UNSURE)]) == []
