"""Agreement among people who labelled the same rows."""

import numpy as np
import pytest

from mollia.ledger.human_table import UNSURE, Said
from mollia.people.agreement import agreement_among, people_agree


def said(text_id, annotator, y):
    return Said(text_id=text_id, annotator=annotator, y=y, chance=np.nan, note="", at=0.0)


def test_two_people_are_compared_on_the_rows_both_labelled():
    # Krippendorff (2011), section B: nominal data of two observers, alpha = 0.692
    letters = {name: number for number, name in enumerate("abcde")}
    meg = [said(str(i), "meg", letters[x]) for i, x in enumerate("aabbdcccedda")]
    owen = [said(str(i), "owen", letters[x]) for i, x in enumerate("babbbccceddd")]
    found = people_agree([*meg, *owen, said("alone", "meg", 1), said("0x", "owen", UNSURE)])
    assert (found.labellers, found.rows) == (2, 12)
    assert found.alpha == pytest.approx(0.692, abs=5e-4)


def test_nobody_to_compare_with_gives_no_figure():
    assert people_agree([]) is None
    assert people_agree([said("a", "meg", 0), said("b", "meg", 1)]) is None
    assert people_agree([said("a", "meg", 0), said("b", "owen", 1)]) is None
    assert agreement_among(np.zeros((4, 2), np.int64)) is None
