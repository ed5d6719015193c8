import json

import numpy as np
import pytest

from mollia.errors import DataError, NotEnoughLabels
from mollia.exchange import doccano
from mollia.exchange.exported import Keys

from .round_trip import CLASSES, KEYS, TEXTS, by_id, matched, tasks


def exported(tmp_path, *lines, name="all.jsonl"):
    path = tmp_path / name
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def line(text, *labels, number=1, **more):
    """A line as doccano 1.8 exports it; `id` is doccano's own."""
    return {"id": number, "text": text, "label": list(labels), "Comments": [], **more}


def test_rows_go_out_with_the_proposal_as_their_label_and_come_back_with_their_chances(tmp_path):
    (path,) = doccano.write_tasks(tasks(), tmp_path / "out.jsonl")
    lines = [json.loads(each) for each in path.read_text().splitlines()]
    assert [each["text"] for each in lines] == list(TEXTS)
    assert [each["label"] for each in lines] == [["Delivery & returns"], ["Refund"], ["Other"], []]
    assert lines[0]["mollia_score"] == 0.9123
    assert lines[3]["mollia_model"] is None  # nothing is proposed
    # doccano keeps further keys as metadata and writes them out again
    back = [line(each.pop("text"), *each.pop("label"), number=n, **each) for n, each in enumerate(lines)]
    found = matched(doccano.read_export(exported(tmp_path, *back), KEYS))
    assert by_id(found.agreed) == {"r1": "Delivery & returns", "r2": "Refund", "r3": "Other"}
    assert np.allclose(found.agreed.chance, [0.25, np.nan, np.nan], equal_nan=True)


def test_doccanos_own_ids_are_not_taken_for_the_datas(tmp_path):
    found = matched(doccano.read_export(exported(tmp_path, line(TEXTS[2], "Refund", number="r1")), KEYS))
    assert by_id(found.agreed) == {"r3": "Refund"}
    kept = Keys(id="ref")
    found = matched(doccano.read_export(exported(tmp_path, line(TEXTS[2], "Refund", ref="r3")), kept))
    assert by_id(found.agreed) == {"r3": "Refund"}


def test_the_person_is_who_the_file_is_named_after(tmp_path):
    shared = doccano.read_export(exported(tmp_path, line(TEXTS[0], "Refund")), KEYS)
    own = doccano.read_export(exported(tmp_path, line(TEXTS[0], "Refund"), name="ann.jsonl"), KEYS)
    old = {"doc_id": 20, "text": TEXTS[0], "labels": ["Refund"], "username": "ben"}
    older = doccano.read_export(exported(tmp_path, old, name="project.jsonl"), KEYS)
    assert [export.words[0].who for export in (shared, own, older)] == ["", "ann", "ben"]


def test_several_labels_spans_and_numbers_give_no_label_and_are_counted(tmp_path):
    export = doccano.read_export(
        exported(
            tmp_path,
            line(TEXTS[0], "Refund", "Other"),
            line(TEXTS[1]),
            line(TEXTS[2], [0, 4, "Refund"]),
            {"id": 4, "text": TEXTS[3], "annotations": [{"label": 2, "user": 1}]},
            line(TEXTS[3], CLASSES[0]),
        ),
        KEYS,
    )
    assert by_id(matched(export).agreed) == {"r4": "Refund"}
    assert dict(export.left_out) == {
        doccano.SEVERAL: 1,
        doccano.UNLABELLED: 1,
        doccano.SPANS: 1,
        doccano.NUMBERS: 1,
    }


def test_what_cannot_be_read_is_refused_with_advice(tmp_path):
    numbers = {"id": 4, "text": TEXTS[3], "annotations": [{"label": 2, "user": 1}]}
    with pytest.raises(NotEnoughLabels, match="1 with numbers") as failed:
        matched(doccano.read_export(exported(tmp_path, numbers), KEYS))
    assert "JSONL" in failed.value.hint
    with pytest.raises(DataError, match="one question a project"):
        doccano.read_export(exported(tmp_path, line(TEXTS[0], "Refund")), Keys(question="mood"))
    with pytest.raises(DataError, match=r"all.jsonl:1: no text"):
        doccano.read_export(exported(tmp_path, {"a": "x", "b": "y", "label": ["Refund"]}), KEYS)
