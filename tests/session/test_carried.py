"""The file of carried rows: read as written, refused where it is wrong."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mollia.errors import DataError
from mollia.fusion.carried import CarriedRows
from mollia.records import PanelAnswers
from mollia.session.carried import carried_mark, read_carried, write_carried

CLASSES = [("refund", "money back"), ("other",)]


@pytest.fixture
def rows():
    z = np.array([[[0.7, 0.1], [0.0, 0.0]], [[0.25, 0.75], [1.0, 0.0]]])
    c = np.array([[[1.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.5, 0.5]]])
    answers = PanelAnswers(ids=["1", "é 2"], llms=("gemma", "qwen 2.5"), z=z, c=c)
    return CarriedRows(
        answers=answers, y=np.array([0, 1]), weight=np.array([0.5, 1.5]), texts=["a, b", "c\nd"], source="t"
    )


def test_rows_come_back_as_written(rows, tmp_path):
    path = tmp_path / "carried.jsonl"
    write_carried(rows, path, ["refund", "other"])
    found = read_carried(path, CLASSES)
    assert found.answers.ids == rows.answers.ids
    assert found.answers.llms == rows.answers.llms
    np.testing.assert_allclose(found.answers.z, rows.answers.z)
    np.testing.assert_allclose(found.answers.c, rows.answers.c)
    np.testing.assert_array_equal(found.y, rows.y)
    np.testing.assert_array_equal(found.weight, rows.weight)
    assert list(found.texts) == list(rows.texts)
    assert found.source == "carried.jsonl"
    assert carried_mark(found) == carried_mark(rows)
    assert carried_mark(None) == []
    assert carried_mark(replace(found, weight=0.5 * found.weight)) != carried_mark(found)


def test_aliases_count_and_rows_without_a_label_are_left_out(rows, tmp_path):
    path = tmp_path / "carried.jsonl"
    write_carried(rows, path, ["money back", "other"])
    assert read_carried(path, CLASSES).y.tolist() == [0, 1]
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text(
        "".join(json.dumps({**line, "label": line["label"] * (line["id"] == "1")}) + "\n" for line in lines)
    )
    assert read_carried(path, CLASSES).y.tolist() == [0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"weight": 0}, "row 1: the weight is 0, not a number above 0"),
        ({"weight": "x"}, "the weight is 'x'"),
        ({"label": "none"}, "none"),
        ({"label": ""}, "no row has a label"),
        ({"label": None}, "no row has a label"),
    ],
)
def test_what_is_wrong_is_said_with_the_row(rows, tmp_path, change, said):
    path = tmp_path / "carried.jsonl"
    write_carried(rows, path, ["refund", "other"])
    lines = [{**json.loads(line), **change} for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(DataError, match=said):
        read_carried(path, CLASSES)


def test_a_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "texts.csv"
    path.write_text("id,text\n1,a\n")
    with pytest.raises(DataError, match='no column "label"'):
        read_carried(path, CLASSES)
    with pytest.raises(DataError, match=r"nothing\.jsonl"):
        read_carried(tmp_path / "nothing.jsonl", CLASSES)
