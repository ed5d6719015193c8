from pathlib import Path

import pytest

from mollia.errors import TaskError
from mollia.task.load import task_from

OTHERS = {
    "name": "t",
    "instruction": "Which?",
    "classes": [{"name": "a"}, {"name": "b"}],
    "panel": [{"name": "p", "kind": "recorded", "path": "p.csv"}],
}


def data(**keys):
    return task_from(OTHERS | {"data": {"path": "d/rows.csv"} | keys}, folder=Path("/task")).data


def test_a_row_holds_one_content():
    assert (data().medium, data(image="i").medium, data(audio="a").medium) == ("text", "image", "audio")
    with pytest.raises(TaskError, match="give image or audio, not both"):
        data(image="i", audio="a")
    with pytest.raises(TaskError, match="give image or columns, not both"):
        data(image="i", columns=["a"])


def test_vectors_are_a_file_or_columns():
    assert data(vectors="v.npy").vectors == str(Path("/task/v.npy"))
    assert data(vectors=["x", "y"]).vectors == ("x", "y")
    with pytest.raises(TaskError, match=r'"v\.csv" is not an \.npy file; columns are given as a list'):
        data(vectors="v.csv")
    with pytest.raises(TaskError, match="names no column"):
        data(vectors=[])


def test_images_lie_beside_the_data_unless_told_otherwise():
    assert data(image="i").media_folder == Path("/task/d")
    assert data(image="i", folder="photos").media_folder == Path("/task/photos")


def test_the_vectors_file_is_written_as_seen_from_the_results():
    written = data(vectors="v.npy").model_dump(mode="json", context={"folder": Path("/task/out")})
    assert written["vectors"] == "../v.npy"
