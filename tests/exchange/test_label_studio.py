import importlib
import json
import warnings
from pathlib import Path

import numpy as np
import pytest

from mollia.errors import DataError, NotEnoughLabels
from mollia.exchange import label_studio
from mollia.exchange.exported import Keys
from mollia.exchange.opinions import opinions

from .round_trip import CLASSES, KEYS, TEXTS, by_id, matched, tasks


@pytest.fixture(scope="module")
def sdk():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the SDK's own imports
        label_interface = importlib.import_module("label_studio_sdk.label_interface")
        objects = importlib.import_module("label_studio_sdk.label_interface.objects")
    return label_interface.LabelInterface, objects


def annotation(label, by=1, at="2026-01-01", **more):
    choices = [] if label is None else [label] if isinstance(label, str) else label
    result = [{"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": choices}}]
    return {
        "completed_by": by,
        "updated_at": at,
        "was_cancelled": False,
        "result": result if choices else [],
        **more,
    }


def span(**more):
    value = {"start": 0, "end": 2, "text": "My", "labels": ["Refund"]}
    return {"result": [{"from_name": "ner", "to_name": "text", "type": "labels", "value": value}], **more}


def exported(tmp_path, *annotations, texts=TEXTS):
    path = tmp_path / "export.json"
    path.write_text(
        json.dumps(
            [
                {"id": 10 + i, "data": {"text": text}, "annotations": list(given), "predictions": []}
                for i, (text, given) in enumerate(zip(texts, annotations, strict=False))
            ]
        )
    )
    return path


def test_the_written_tasks_and_interface_are_what_the_sdk_takes(tmp_path, sdk):
    interface, objects = sdk
    path, config = label_studio.write_tasks(tasks(), tmp_path / "tasks.json")
    checked = interface(config.read_text())
    checked.validate()
    assert list(checked.get_control("label").labels) == list(CLASSES)
    written = json.loads(path.read_text())
    assert [task["data"]["text"] for task in written] == list(TEXTS)
    for task in written:
        objects.TaskValue.model_validate(task)
    predictions = [prediction for task in written for prediction in task.get("predictions", [])]
    assert len(predictions) == 3
    assert all(
        checked.validate_prediction(prediction, return_errors=True) == [] for prediction in predictions
    )
    wrong = json.loads(json.dumps(predictions[0]).replace("Delivery & returns", "Shipping"))
    assert checked.validate_prediction(wrong, return_errors=True) != []
    assert predictions[0]["score"] == 0.9123
    assert predictions[0]["model_version"] == "mollia 0.2.0"


def test_a_task_comes_back_with_its_row_and_its_chance(tmp_path, sdk):
    interface, _ = sdk
    path, config = label_studio.write_tasks(tasks(), tmp_path / "tasks.json")
    written = json.loads(path.read_text())
    for number, task in enumerate(written):  # what an annotator who accepts every proposal submits
        proposed = task.get("predictions", [{"result": []}])[0]["result"]
        task |= {
            "id": number,
            "annotations": [{"completed_by": 3, "result": proposed, "was_cancelled": False}],
        }
    assert interface(config.read_text()).validate_annotation(written[0]["annotations"][0])
    path.write_text(json.dumps(written))
    found = matched(label_studio.read_export(path, KEYS))
    assert by_id(found.agreed) == {"r1": "Delivery & returns", "r2": "Refund", "r3": "Other"}
    assert np.allclose(found.agreed.chance, [0.25, np.nan, np.nan], equal_nan=True)
    assert any("1 submitted without a choice" in note for note in found.notes)


@pytest.mark.parametrize("kind", ["image", "audio"])
def test_an_image_or_sound_goes_out_by_an_address_that_label_studio_opens_and_comes_back(tmp_path, sdk, kind):
    interface, objects = sdk
    files = ("pets/a b.png", "https://example.org/b.png", "data:image/png;base64,aGk=", "")
    of_files = tasks(
        kind=kind,
        files=files,
        folder=Path("/data/my photos"),
        texts=("pets/a b.png", "https://example.org/b.png", "row 3", ""),
    )
    path, config = label_studio.write_tasks(of_files, tmp_path / "tasks.json")
    checked = interface(config.read_text())
    checked.validate()
    written = json.loads(path.read_text())
    assert [task["data"][kind] for task in written] == [
        "/data/local-files/?d=my%20photos/pets/a%20b.png",
        *files[1:],
    ]
    for number, task in enumerate(written):
        objects.TaskValue.model_validate(task)
        for prediction in task.get("predictions", []):
            assert checked.validate_prediction(prediction, return_errors=True) == []
        proposed = task.get("predictions", [{"result": []}])[0]["result"]
        task |= {"id": number, "annotations": [{"completed_by": 3, "result": proposed}]}
    assert checked.validate_annotation(written[0]["annotations"][0])
    path.write_text(json.dumps(written))
    found = matched(label_studio.read_export(path, KEYS))
    assert by_id(found.agreed) == {"r1": "Delivery & returns", "r2": "Refund", "r3": "Other"}


def test_how_label_studio_is_started_is_told_where_files_are_on_this_machine():
    folder = Path("/data/photos")
    told = label_studio.how_to_show(tasks(kind="image", files=("a.png", "", "", ""), folder=folder))
    assert "DOCUMENT_ROOT=/data, and add /data/photos to the project" in told
    web = tasks(kind="image", files=("https://example.org/b.png", "data:image/png;base64,aGk=", "", ""))
    assert label_studio.how_to_show(web) == label_studio.how_to_show(tasks()) == ""


def test_a_path_is_not_shown_and_a_caption_is(tmp_path):
    files = ("dogs/a.png", "dogs/b.png", "cats/c.png", "")
    _, config = label_studio.write_tasks(tasks(kind="image", files=files, texts=files), tmp_path / "a.json")
    assert '<Image name="image" value="$image"/>' in config.read_text()
    assert "<Text" not in config.read_text()
    _, config = label_studio.write_tasks(tasks(kind="image", files=files), tmp_path / "b.json")
    assert '<Text name="text" value="$text"/>' in config.read_text()


def test_the_text_finds_the_row_whatever_the_form_of_its_characters_and_blanks(tmp_path):
    path = exported(tmp_path, [annotation("Other")], texts=["Cafe\u0301   closed?\n"])
    assert by_id(matched(label_studio.read_export(path, KEYS)).agreed) == {"r4": "Other"}


def test_skipped_empty_and_ambiguous_annotations_give_no_label_and_are_counted(tmp_path):
    path = exported(
        tmp_path,
        [annotation("Refund", was_cancelled=True)],
        [annotation(["Refund", "Other"]), annotation(None)],
        [span()],
        [annotation("Other")],
    )
    export = label_studio.read_export(path, KEYS)
    assert by_id(matched(export).agreed) == {"r4": "Other"}
    assert dict(export.left_out) == {
        "skipped by the annotator": 1,
        "with several choices": 1,
        "submitted without a choice": 1,
        label_studio.SPANS: 1,
    }


def test_the_majority_counts_each_person_once_and_a_tie_gives_no_label(tmp_path):
    path = exported(
        tmp_path,
        [
            annotation("Refund", 1),
            annotation("Refund", 2),
            annotation("Other", {"id": 3, "email": "c@example.org"}),
        ],
        [annotation("Refund", 1), annotation("Other", 2)],
        [annotation("Refund", 1, "2026-01-01"), annotation("Other", 1, "2026-01-02")],
    )
    found = matched(label_studio.read_export(path, KEYS))
    assert by_id(found.agreed) == {"r1": "Refund", "r3": "Other"}
    assert found.split == ("r2",)
    assert set(found.said) == {"1", "2", "c@example.org"}
    assert by_id(found.said["c@example.org"]) == {"r1": "Other"}
    assert any("r2" in note and "equally often" in note for note in found.notes)


def test_an_unknown_label_names_its_place_the_nearest_class_and_how_many_more(tmp_path):
    path = exported(tmp_path, [annotation("Refunds")], [annotation("Spam")], [annotation("Spam")])
    with pytest.raises(
        DataError, match=r"row 1 \(task 10\): \"Refunds\" is not a class. Did you mean \"Refund\""
    ) as error:
        matched(label_studio.read_export(path, KEYS))
    assert '"Spam" (2)' in str(error.value)
    assert "alias" in error.value.hint


def test_a_text_that_is_not_in_the_data_is_refused_with_its_place(tmp_path):
    path = exported(tmp_path, [annotation("Other")], [annotation("Other")], texts=["elsewhere", "too"])
    with pytest.raises(DataError, match=r"“elsewhere” is not in the data. 1 more") as error:
        matched(label_studio.read_export(path, KEYS))
    assert "--text" in error.value.hint


def test_spans_alone_or_no_annotation_at_all_say_what_to_do(tmp_path):
    with pytest.raises(NotEnoughLabels, match="1 with spans") as error:
        matched(label_studio.read_export(exported(tmp_path, [span()]), KEYS))
    assert "Choices control" in error.value.hint
    with pytest.raises(NotEnoughLabels, match="2 not annotated yet"):
        matched(label_studio.read_export(exported(tmp_path, [], []), KEYS))


def test_json_min_is_refused_with_the_format_to_choose(tmp_path):
    path = tmp_path / "min.json"
    path.write_text(
        json.dumps([{"id": 1, "text": "a", "label": "Refund", "annotator": 1, "annotation_id": 2}])
    )
    with pytest.raises(DataError, match="no annotations") as error:
        label_studio.read_export(path, KEYS)
    assert "JSON-MIN" in error.value.hint


def test_of_several_questions_one_must_be_named(tmp_path):
    both = annotation("Refund")
    both["result"].append(
        {"from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["sad"]}}
    )
    path = exported(tmp_path, [both])
    with pytest.raises(DataError, match='"label", "mood"') as error:
        label_studio.read_export(path, KEYS)
    assert "--question" in error.value.hint
    assert by_id(matched(label_studio.read_export(path, Keys(question="label"))).agreed) == {"r1": "Refund"}
    with pytest.raises(DataError, match='Did you mean "label"'):
        label_studio.read_export(path, Keys(question="labl"))


def test_an_id_of_the_data_tells_rows_with_one_text_apart(tmp_path):
    path = tmp_path / "export.json"
    task = {"id": 1, "data": {"text": "same", "uid": "b"}, "annotations": [annotation("Other")]}
    path.write_text(json.dumps([task]))
    export = label_studio.read_export(path, Keys(id="uid"))
    found = opinions(export, classes=CLASSES, ids=("a", "b"), texts=("same", "same"))
    assert found.agreed.ids == ("b",)
    without = opinions(
        label_studio.read_export(path, KEYS), classes=CLASSES, ids=("a", "b"), texts=("same", "same")
    )
    assert without.agreed.ids == ("a",)
    assert any("several rows" in note for note in without.notes)


@pytest.mark.parametrize("written", [2.0, "2.0", 2, " 2"])
@pytest.mark.parametrize("key", ["id", "mollia_id"])
def test_an_id_that_became_a_float_is_the_row_that_it_was(tmp_path, written, key):
    path = tmp_path / "export.json"
    path.write_text(
        json.dumps([{"id": 1, "data": {"text": "same", key: written}, "annotations": [annotation("Other")]}])
    )
    export = label_studio.read_export(path, KEYS)
    assert opinions(export, classes=CLASSES, ids=("1", "2"), texts=("same", "same")).agreed.ids == ("2",)
