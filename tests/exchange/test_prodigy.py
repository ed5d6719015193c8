import json

import numpy as np
import pytest

from mollia.errors import DataError, NotEnoughLabels
from mollia.exchange import prodigy
from mollia.exchange.exported import Keys

from .round_trip import CLASSES, KEYS, TEXTS, by_id, matched, tasks

OPTIONS = [{"id": k, "text": name} for k, name in enumerate(CLASSES)]


def exported(tmp_path, *examples):
    path = tmp_path / "annotations.jsonl"
    path.write_text("".join(json.dumps(example) + "\n" for example in examples))
    return path


def choice(text, *accept, answer="accept", who="ann", at=1, **more):
    return {
        "text": text,
        "options": OPTIONS,
        "accept": list(accept),
        "answer": answer,
        "_input_hash": -1,
        "_task_hash": 2,
        "_view_id": "choice",
        "_timestamp": at,
        "_annotator_id": f"set-{who}",
        "_session_id": f"set-{who}",
        **more,
    }


def test_the_stream_has_what_the_choice_interface_shows(tmp_path):
    (path,) = prodigy.write_tasks(tasks(), tmp_path / "stream.jsonl")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["text"] for line in lines] == list(TEXTS)
    assert all([option["text"] for option in line["options"]] == list(CLASSES) for line in lines)
    assert [line["accept"] for line in lines] == [["Delivery & returns"], ["Refund"], ["Other"], []]
    assert lines[0]["meta"] == {"id": "r1", "model": "mollia 0.2.0", "score": 0.9123}
    assert lines[3]["meta"] == {"id": "r4"}  # nothing is proposed


def test_the_stream_comes_back_with_rows_and_chances_when_answered(tmp_path):
    (path,) = prodigy.write_tasks(tasks(), tmp_path / "stream.jsonl")
    lines = [
        json.loads(line) | {"answer": "accept", "_annotator_id": "ann"}
        for line in path.read_text().splitlines()
    ]
    found = matched(prodigy.read_export(exported(tmp_path, *lines), KEYS))
    assert by_id(found.agreed) == {"r1": "Delivery & returns", "r2": "Refund", "r3": "Other"}
    assert np.allclose(found.agreed.chance, [0.25, np.nan, np.nan], equal_nan=True)


def test_options_may_have_numbers_as_ids_and_binary_tasks_one_label(tmp_path):
    path = exported(
        tmp_path,
        choice(TEXTS[0], 2),
        {"text": TEXTS[1], "label": "Refund", "answer": "accept", "meta": {"id": "r2"}},
        {"text": TEXTS[2], "label": "Refund", "answer": "reject"},
    )
    export = prodigy.read_export(path, KEYS)
    assert by_id(matched(export).agreed) == {"r1": "Other", "r2": "Refund"}
    assert dict(export.left_out) == {prodigy.REJECTED: 1}


def test_ignored_several_and_empty_answers_and_spans_give_no_label(tmp_path):
    path = exported(
        tmp_path,
        choice(TEXTS[0], 0, answer="ignore"),
        choice(TEXTS[1], 0, 1),
        choice(TEXTS[2]),
        {"text": TEXTS[3], "spans": [{"start": 0, "end": 4, "label": "Refund"}], "answer": "accept"},
        choice(TEXTS[0], 1),
    )
    export = prodigy.read_export(path, KEYS)
    assert by_id(matched(export).agreed) == {"r1": "Delivery & returns"}
    assert dict(export.left_out) == {
        "ignored": 1,
        "with several options": 1,
        "accepted without an option": 1,
        prodigy.SPANS: 1,
    }


def test_a_persons_last_word_counts_and_people_are_told_apart(tmp_path):
    path = exported(
        tmp_path,
        choice(TEXTS[0], 0, at=1_700_000_200),
        choice(TEXTS[0], 1, at=1_700_000_100),
        choice(TEXTS[0], 1, who="ben"),
        choice(TEXTS[0], 0, who="cleo"),
    )
    found = matched(prodigy.read_export(path, KEYS))
    assert by_id(found.agreed) == {"r1": "Refund"}
    assert by_id(found.said["set-ben"]) == {"r1": "Delivery & returns"}


def test_an_unanswered_stream_and_a_question_are_refused_with_advice(tmp_path):
    (path,) = prodigy.write_tasks(tasks(), tmp_path / "stream.jsonl")
    with pytest.raises(NotEnoughLabels, match="4 without an answer") as error:
        matched(prodigy.read_export(path, KEYS))
    assert "db-out" in error.value.hint
    with pytest.raises(DataError, match="one question"):
        prodigy.read_export(path, Keys(question="mood"))
    with pytest.raises(DataError, match=r"annotations.jsonl:1: no text"):
        prodigy.read_export(
            exported(tmp_path, {"image": "a.png", "title": "b", "label": "Refund", "answer": "accept"}), KEYS
        )
