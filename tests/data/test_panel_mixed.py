"""Panel files in which LLMs are written in different ways: all are found, and what is not used is named (O16 to O18, O21)."""

import pandas as pd
import pytest

from mollia.data.matching import LabelMatcher
from mollia.data.panel_file import read_panel_columns
from mollia.errors import DataError
from mollia.session.panel_file import names_a_class

NAMES = (("Refund",), ("Delivery",), ("Other",))
LABELS = ["Refund", "Delivery", "Other"] * 4


def read(columns, classes=NAMES, **how):
    said = []
    matcher = LabelMatcher(classes, finds=lambda reply: names_a_class(reply, classes))
    frame = pd.DataFrame({"id": [str(row) for row in range(12)], "text": ["a text"] * 12, **columns})
    return read_panel_columns(frame, classes=matcher, say=said.append, **how), said


def replies(panel, name):
    return next(each.replies for each in panel.llms if each.name == name)


@pytest.mark.parametrize(
    "masses",
    [
        {"m1_probs": ["[.8, .1, .1]"] * 12},
        {"m1_prob_Refund": [0.8] * 12, "m1_prob_Delivery": [0.1] * 12, "m1_prob_Other": [0.1] * 12},
        {"m1_votes": ["[8, 1, 1]"] * 12},
        {"m1_answers": ["['Refund', 'Refund', 'Other']"] * 12},
    ],
)
def test_plain_label_columns_count_beside_any_other_kind(masses):
    panel, said = read({"m3": LABELS, **masses, "m2": LABELS})
    assert [llm.name for llm in panel.llms] == ["m3", "m1", "m2"]
    assert replies(panel, "m2") == [(label,) for label in LABELS]
    assert said == []


@pytest.mark.parametrize("column", ["m1", "m1_label", "m1_answer"])
def test_an_llms_own_label_counts_beside_its_probabilities(column):
    panel, said = read({"m1_probs": ["[.8, .1, .1]"] * 12, column: LABELS})
    (m1,) = panel.llms
    assert m1.probs[0] == (0.8, 0.1, 0.1)
    assert m1.replies == [(label,) for label in LABELS]
    assert said == []
    assert read({"m1_probs": ["[.8, .1, .1]"] * 12, column: LABELS}, llms=["m1"])[0].llms == panel.llms


@pytest.mark.parametrize("kind", ["votes", "answers"])
def test_a_label_beside_votes_or_replies_is_named_not_used(kind):
    cells = {"votes": "[8, 1, 1]", "answers": "['Refund', 'Other']"}
    panel, said = read({f"m1_{kind}": [cells[kind]] * 12, "m1": LABELS})
    assert len(panel.llms) == 1
    assert said == [
        f'Column "m1" was not read: the answers of m1 are in "m1_{kind}" (--llms m1 takes it instead).'
    ]


FORMS = {
    "marked": "Label: {}.",
    "said": "The answer is {}",
    "dotted": "{}.",
    "cased": " {} ",
    "listed": "['{}']",
    "json list": '["{}"]',
    "object": '{{"label": "{}"}}',
    "reasoned": '{{"reason": "about Refund or Delivery", "label": "{}"}}',
    "bold": "**{}**",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_column_of_replies_is_found_by_the_parser_that_reads_them(form):
    panel, said = read({"m1": [FORMS[form].format(label) for label in LABELS], "m2": LABELS})
    assert [llm.name for llm in panel.llms] == ["m1", "m2"]
    assert len(said) <= 1


def test_half_a_column_of_refusals_is_an_llms():
    panel, _ = read({"m1": LABELS, "m2": [*LABELS[:4], *["I cannot say"] * 8]})
    assert [llm.name for llm in panel.llms] == ["m1", "m2"]


def test_typed_lists_and_objects_are_replies():
    panel, _ = read({"m1": [[label] for label in LABELS], "m2": [{"label": label} for label in LABELS]})
    assert replies(panel, "m1") == [(label,) for label in LABELS]
    assert replies(panel, "m2")[0] == ('{"label": "Refund"}',)


def test_every_column_that_is_not_used_is_named_once_with_its_reason():
    panel, said = read(
        {
            "m1": LABELS,
            "human": LABELS,
            "student_label": LABELS,
            "product": ["Other"] * 2 + [f"thing {row}" for row in range(10)],
            "m2_p_Refund": [0.8] * 12,
            "m3_scores": ["[.8, .1, .1]"] * 12,
            "url": [f"u{row}" for row in range(12)],
            "empty": [None] * 12,
        }
    )
    assert [llm.name for llm in panel.llms] == ["m1"]
    source = "the data frame"
    assert said == [
        f'{source}: column "human" looks like human labels and was not taken as an LLM (--llms human takes it).',
        f'{source}: column "student_label" was written by mollia and was not taken as an LLM (--llms student_label takes it).',
        f'{source}: column "product" was not taken as an LLM: a class is named in only 17% of its cells (--llms product takes it).',
        f'{source}: column "m2_p_Refund" was not read: if it is a probability, call it "m2_prob_Refund".',
        f'{source}: column "m3_scores" holds 3 numbers in each cell and was not read: call it "m3_scores_probs".',
        "Columns that nothing was read from: url, empty.",
    ]
    assert panel.notes == tuple(said)


def test_sentences_that_hardly_repeat_are_no_replies_unless_nearly_all_name_a_class():
    titles = [f"my long story number {row} is about a {LABELS[row]} case" for row in range(7)]
    titles += [f"my long story number {row} is about nothing at all" for row in range(7, 12)]
    panel, said = read({"m1": LABELS, "title": titles})
    assert [llm.name for llm in panel.llms] == ["m1"]
    assert "title" in said[0]


@pytest.mark.parametrize(("form", "blank"), [("{}.0", ""), ("{},0", ""), (" {} ", " "), ("{}", "nan")])
def test_whole_numbers_that_became_floats_are_the_classes_in_wide_and_long_rows(form, blank):
    cells = [form.format(row % 2) for row in range(12)]
    panel, _ = read(
        {"m1": cells, "m1_x_answers": [f"['{cell}']" for cell in cells]}, classes=(("0",), ("1",))
    )
    bare = {replies(panel, "m1")[row][0].strip() for row in range(12)}
    assert bare == {"0", "1"}
    assert replies(panel, "m1_x")[1] == replies(panel, "m1")[1] or form == " {} "
    long = pd.DataFrame({"id": range(12), "llm": "a", "label": cells})
    (a,) = read_panel_columns(long, classes=("0", "1")).llms
    assert [reply[0].strip() for reply in a.replies] == [str(row % 2) for row in range(12)]


@pytest.mark.parametrize(
    "cells",
    [("80%", "10%", "10%"), ("0,8", "0,1", "0,1"), ("80", "10", "10"), (80, 10, 10), ("80 %", ",1", "0.1")],
)
def test_probabilities_are_read_however_people_write_them(cells):
    names = [name for (name,) in NAMES]
    panel, said = read({f"m1_prob_{name}": [cell] * 12 for name, cell in zip(names, cells, strict=True)})
    assert panel.llms[0].probs[0] == pytest.approx((0.8, 0.1, 0.1))
    percent = cells[0] in {"80", 80}
    assert said == (["m1: probabilities from 0 to 100 were read as percentages."] if percent else [])


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("[7, 2, 1]", "neither probabilities"),
        ("[700, 200, 100]", "neither probabilities"),
        ("[-.2, -2, -3]", "They look like log-probabilities"),
        ("[0,8, 0,1, 0,1]", "looks like decimal commas"),
        ("[true, false, false]", "percent"),
        ("[Infinity, 0, 0]", "percent"),
        ("0.8 0.1 0.1", "decimal points"),
        ('{"Refund": 0.5, "refund ": 0.2}', 'two numbers for the class "Refund"'),
        (f"[{'9' * 5000}, 0, 0]", "expected 3 numbers"),
        ("[" * 5000, "expected 3 numbers"),
    ],
)
def test_masses_that_are_none_are_refused_in_words_that_help(cell, message):
    with pytest.raises(DataError) as caught:
        read({"m1_probs": [cell] * 12})
    assert message in str(caught.value)
    assert len(str(caught.value)) < 600


def test_two_scales_in_one_column_are_refused():
    with pytest.raises(DataError, match=r"row 3: \[1, 0, 0\] may be probabilities"):
        read({"m1_probs": ["[80, 10, 10]"] * 2 + ["[1, 0, 0]"] + ["[80, 10, 10]"] * 9})


@pytest.mark.parametrize("gap", ["", "nan", "NA", "[nan, nan, nan]", None])
def test_a_gap_among_masses_is_an_answer_that_is_lacking(gap):
    panel, _ = read({"m1_probs": ["[.8, .1, .1]", gap] * 6})
    assert panel.llms[0].probs[:2] == [(0.8, 0.1, 0.1), None]


def test_each_llm_of_long_rows_has_its_own_scale():
    long = pd.DataFrame(
        {
            "id": [1, 1, 2, 2],
            "llm": list("abab"),
            "probs": ["[.8, .1, .1]", "[80, 10, 10]"] * 2,
            "note": list("wxyz"),
        }
    )
    said = []
    panel = read_panel_columns(long, classes=NAMES, say=said.append)
    assert [llm.probs[0] for llm in panel.llms] == [(0.8, 0.1, 0.1)] * 2
    assert said == [
        "Columns that differ between a text's answers are not in the output: note.",
        "b: probabilities from 0 to 100 were read as percentages.",
    ]


def test_long_rows_without_ids_say_what_they_lack():
    with pytest.raises(DataError, match=r"a row for each answer .* but no ids"):
        read_panel_columns(pd.DataFrame({"llm": ["a"], "label": ["Refund"]}), classes=NAMES)
