import importlib
import json
import uuid
import warnings

import numpy as np
import pytest

from mollia.errors import DataError, NotEnoughLabels
from mollia.exchange import argilla
from mollia.exchange.exported import Keys
from mollia.exchange.opinions import opinions

from .round_trip import CLASSES, IDS, KEYS, TEXTS, by_id, matched, tasks

ANN, BEN = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.fixture(scope="module")
def rg():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of argilla's own imports
        package = importlib.import_module("argilla")
        io = importlib.import_module("argilla.records._io")
    package.json_io, package.generic_io = io.JsonIO, io.GenericIO
    return package


class NoServer:
    """Stands where argilla wants a client, though reading a file asks no server."""

    def __getattr__(self, name):
        return self


def records(rg, *responses, question="label"):
    return [
        rg.Record(
            id=id_,
            fields={"text": text},
            responses=[
                rg.Response(question, value, user_id=user, status=status) for value, user, status in given
            ],
        )
        for id_, text, given in zip(IDS, TEXTS, responses, strict=False)
    ]


def test_the_written_records_and_settings_are_what_argilla_reads(tmp_path, rg, monkeypatch):
    path, about = argilla.write_tasks(tasks(), tmp_path / "records.json")
    read = rg.json_io._records_from_json(path)
    assert [record.id for record in read] == list(IDS)
    assert [record.fields["text"] for record in read] == list(TEXTS)
    proposed = [list(record.suggestions) for record in read]
    assert [(s.question_name, s.value, s.score, s.agent) for s in proposed[0]] == [
        ("label", "Delivery & returns", 0.9123, "mollia 0.2.0")
    ]
    assert proposed[3] == []
    monkeypatch.setattr(
        rg.Argilla, "_get_default", classmethod(lambda _: NoServer())
    )  # no server is needed to read
    settings = rg.Settings.from_json(about)
    assert settings.questions[0].labels == list(CLASSES)
    assert settings.fields[0].name == "text"
    assert settings.allow_extra_metadata is True
    assert settings.guidelines == tasks().instruction


@pytest.mark.parametrize("flat", [False, True])
def test_responses_come_back_from_argillas_own_exports(tmp_path, rg, flat):
    given = records(
        rg,
        [("Refund", ANN, "submitted"), ("Refund", BEN, "submitted")],
        [("Other", ANN, "submitted"), ("Refund", BEN, "submitted")],
        [(None, ANN, "discarded")],
        [],
    )
    path = tmp_path / "records.json"
    path.write_text(json.dumps(rg.generic_io.to_list(given, flatten=flat)))
    export = argilla.read_export(path, KEYS)
    found = matched(export)
    assert by_id(found.agreed) == {"r1": "Refund"}
    assert found.split == ("r2",)
    assert set(found.said) == {str(ANN), str(BEN)}
    assert dict(export.left_out) == {"discarded": 1, "without a response": 1}


def test_chance_and_id_survive_the_trip_through_argillas_records(tmp_path, rg):
    path, _ = argilla.write_tasks(tasks(), tmp_path / "records.json")
    read = rg.json_io._records_from_json(path)
    for record in read:
        record.responses.add(rg.Response("label", "Other", user_id=ANN, status="submitted"))
    back = tmp_path / "back.json"
    rg.json_io.to_json(read, back)
    found = matched(argilla.read_export(back, KEYS), use="audit")
    assert by_id(found.agreed) == dict.fromkeys(IDS, "Other")
    assert np.allclose(found.agreed.chance, [0.25, np.nan, np.nan, 0.25], equal_nan=True)
    assert found.agreed.use == "audit"


def test_drafts_several_labels_and_spans_give_no_label(tmp_path, rg):
    path = tmp_path / "records.json"
    responses = [
        {"value": "Refund", "user_id": "a", "status": "draft"},
        {"value": ["Refund", "Other"], "user_id": "b"},
        {"value": [{"start": 0, "end": 2, "label": "Refund"}], "user_id": "c"},
        {"value": ["Refund"], "user_id": "d"},
    ]
    record = {"id": "r1", "fields": {"text": TEXTS[0]}, "metadata": {}, "responses": {"label": responses}}
    path.write_text(json.dumps([record]))
    export = argilla.read_export(path, KEYS)
    assert dict(export.left_out) == {"drafts": 1, "with several labels": 1, argilla.SPANS: 1}
    assert by_id(matched(export).agreed) == {"r1": "Refund"}


def test_a_class_may_be_called_like_a_status(tmp_path):
    path = tmp_path / "records.json"
    response = {"value": "discarded", "user_id": "a", "status": "submitted"}
    path.write_text(json.dumps([{"id": "1", "fields": {"text": "x"}, "responses": {"q": [response]}}]))
    found = opinions(
        argilla.read_export(path, KEYS), classes=("discarded", "drafts"), ids=("1",), texts=("x",)
    )
    assert found.agreed.y.tolist() == [0]


def test_records_without_responses_and_other_files_say_what_to_export(tmp_path, rg):
    path = tmp_path / "records.json"
    path.write_text(json.dumps(rg.generic_io.to_list(records(rg, [], []))))
    with pytest.raises(NotEnoughLabels, match="2 without a response") as error:
        matched(argilla.read_export(path, KEYS))
    assert "with_responses=True" in error.value.hint
    path.write_text(json.dumps([{"text": "a", "annotation": "Refund", "prediction": None}]))
    with pytest.raises(DataError, match="Argilla 1"):
        argilla.read_export(path, KEYS)
    path.write_text(json.dumps([{"text": "a", "label": "Refund"}]))
    with pytest.raises(DataError, match="no records of Argilla 2"):
        argilla.read_export(path, KEYS)


def test_two_questions_need_a_name(tmp_path):
    path = tmp_path / "records.json"
    said = {"label": [{"value": "Refund", "user_id": "a"}], "mood": [{"value": "sad", "user_id": "a"}]}
    path.write_text(json.dumps([{"id": "r1", "fields": {"text": TEXTS[0]}, "responses": said}]))
    with pytest.raises(DataError, match='"label", "mood"'):
        argilla.read_export(path, KEYS)
    assert by_id(matched(argilla.read_export(path, Keys(question="label"))).agreed) == {"r1": "Refund"}


def test_of_several_fields_the_text_must_be_named(tmp_path):
    path = tmp_path / "records.json"
    record = {
        "id": "r1",
        "fields": {"title": "Hello", "body": TEXTS[0]},
        "responses": {"label": [{"value": "Refund", "user_id": "a"}]},
    }
    path.write_text(json.dumps([record]))
    with pytest.raises(DataError, match="title, body") as error:
        argilla.read_export(path, KEYS)
    assert "--text" in error.value.hint
    assert by_id(matched(argilla.read_export(path, Keys(text="body"))).agreed) == {"r1": "Refund"}
