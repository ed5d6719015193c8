"""spaCy's text categories, and Prodigy's answers to them."""

import json

import numpy as np
import pytest

from mollia.errors import DataError, NotEnoughLabels
from mollia.exchange import textcat
from mollia.exchange.exported import Keys

from .round_trip import KEYS, TEXTS, by_id, matched, tasks


def exported(tmp_path, *lines):
    path = tmp_path / "train.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_rows_go_out_as_categories_and_come_back_with_their_chances(tmp_path):
    (path,) = textcat.write_tasks(tasks(), tmp_path / "out.jsonl")
    lines = [json.loads(each) for each in path.read_text().splitlines()]
    assert [each["text"] for each in lines] == list(TEXTS)
    assert lines[1]["cats"]["Refund"] == 1.0
    assert sum(lines[1]["cats"].values()) == 1.0
    assert lines[3]["cats"] is None, "nothing is proposed"
    found = matched(textcat.read_export(path, KEYS))
    assert by_id(found.agreed) == {"r1": "Delivery & returns", "r2": "Refund", "r3": "Other"}
    assert np.allclose(found.agreed.chance, [0.25, np.nan, np.nan], equal_nan=True)


def test_several_categories_and_none_are_counted(tmp_path):
    lines = [
        {"text": TEXTS[0], "cats": {"Refund": 1, "Other": 0}},
        {"text": TEXTS[1], "cats": {"Refund": True, "Other": True}},
        {"text": TEXTS[2], "cats": {"Refund": 0.2}},
    ]
    read = textcat.read_export(exported(tmp_path, *lines), KEYS)
    assert [word.spellings for word in read.words] == [("Refund",)]
    assert read.left_out == {textcat.SEVERAL: 1, textcat.NONE: 1}


def test_prodigys_answers_are_read_too_and_a_rejected_label_is_none(tmp_path):
    lines = [
        {"text": TEXTS[0], "label": "Refund", "answer": "accept", "_annotator_id": "ann"},
        {"text": TEXTS[1], "label": "Refund", "answer": "reject"},
        {
            "text": TEXTS[2],
            "options": [{"id": "Other", "text": "Other"}],
            "accept": ["Other"],
            "answer": "accept",
        },
    ]
    read = textcat.read_export(exported(tmp_path, *lines), KEYS)
    assert [(word.who, word.spellings[0]) for word in read.words] == [("ann", "Refund"), ("", "Other")]
    assert sum(read.left_out.values()) == 1


def test_what_is_wrong_is_said_with_its_place(tmp_path):
    with pytest.raises(DataError, match=r'train.jsonl:1: the category "Refund" has \'yes\', not a number'):
        textcat.read_export(exported(tmp_path, {"text": "a", "cats": {"Refund": "yes"}}), KEYS)
    with pytest.raises(DataError, match="Text categories answer one question"):
        textcat.read_export(exported(tmp_path, {"text": "a"}), Keys(question="q"))
    with pytest.raises(NotEnoughLabels, match="without a category"):
        matched(textcat.read_export(exported(tmp_path, {"text": TEXTS[0]}), KEYS))
