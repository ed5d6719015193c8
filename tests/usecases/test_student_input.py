"""Students that read no text label files, too."""

import csv

import numpy as np
import pytest
from tests.pictures import BLUE, RED, image

from mollia.content import data_reference
from mollia.data.read import read_table
from mollia.encode.precomputed import Precomputed
from mollia.errors import DataError
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent
from mollia.student.load import load_student
from mollia.usecases.predict_file import predict_file
from mollia.usecases.student_input import reader_for


def labels(path):
    with path.open(encoding="utf-8", newline="") as file:
        return [row["label"] for row in csv.DictReader(file)]


@pytest.fixture
def of_images(tmp_path):
    shades = [(shade, 20, 20) for shade in range(150, 250, 10)]
    X = [data_reference(image(shade)) for shade in shades] + [
        data_reference(image(shade[::-1])) for shade in shades
    ]
    save(FrozenStudent("pixels").fit(X, np.eye(2)[np.repeat([0, 1], 10)]), tmp_path / "s", ("red", "blue"))
    (tmp_path / "a.png").write_bytes(image(RED))
    (tmp_path / "b.png").write_bytes(image(BLUE))
    return tmp_path


def test_images_are_read_by_their_paths_from_the_files_folder(of_images, monkeypatch):
    monkeypatch.chdir("/")
    (of_images / "new.csv").write_text("id,image\n1,a.png\n2,\n3,b.png\n", encoding="utf-8")
    done = predict_file(of_images / "s", of_images / "new.csv", out=of_images / "out.csv")
    assert (done.n_rows, done.n_empty) == (3, 1)
    assert labels(of_images / "out.csv") == ["red", "", "blue"]
    (of_images / "other.csv").write_text("photo\nb.png\n", encoding="utf-8")
    predict_file(of_images / "s", of_images / "other.csv", out=of_images / "out.csv", text="photo")
    assert labels(of_images / "out.csv") == ["blue"]


def test_images_travel_to_other_machines_as_their_bytes(of_images):
    (of_images / "new.csv").write_text('image\na.png\n" "\n', encoding="utf-8")
    student = load_student(of_images / "s")
    table = read_table(of_images / "new.csv")
    _, inputs = reader_for(student, table, None, of_images, travels=True)(table)
    (of_images / "a.png").unlink()
    assert inputs[1] == ""
    assert student.predict(inputs[:1]) == ["red"]


def test_an_image_that_is_missing_is_named_and_no_file_is_written(of_images):
    (of_images / "new.csv").write_text("image\na.png\nnone.png\n", encoding="utf-8")
    with pytest.raises(DataError, match=r'new\.csv:3, column "image": there is no file "none\.png"'):
        predict_file(of_images / "s", of_images / "new.csv", out=of_images / "out.csv")
    assert not (of_images / "out.csv").exists()
    (of_images / "texts.csv").write_text("text\nhello\n", encoding="utf-8")
    with pytest.raises(DataError, match=r'no column "image" \(the images\)'):
        predict_file(of_images / "s", of_images / "texts.csv", out=of_images / "out.csv")


def test_columns_with_numbers_are_found_by_their_names(tmp_path):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 20)
    X = np.column_stack([y * 4 + rng.normal(size=40), rng.normal(size=40)])
    texts = [str(row) for row in range(40)]
    student = FrozenStudent(Precomputed(texts, X, columns=("x", "y"))).fit(texts, np.eye(2)[y])
    save(student, tmp_path / "s", ("low", "high"))
    (tmp_path / "new.csv").write_text("y,x\n0,-1\n0,5\n", encoding="utf-8")
    predict_file(tmp_path / "s", tmp_path / "new.csv", out=tmp_path / "out.csv")
    assert labels(tmp_path / "out.csv") == ["low", "high"]
    (tmp_path / "less.csv").write_text("y\n0\n", encoding="utf-8")
    with pytest.raises(DataError, match='no column "x"'):
        predict_file(tmp_path / "s", tmp_path / "less.csv", out=tmp_path / "out.csv")


def test_vectors_of_a_file_of_their_own_are_left_to_python(tmp_path):
    student = FrozenStudent(Precomputed(["a", "b"], np.eye(2), scaled=True)).fit(["a", "b"], np.eye(2))
    save(student, tmp_path / "s", ("a", "b"))
    (tmp_path / "new.csv").write_text("text\na\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"a \.npy file, and a table holds none") as caught:
        predict_file(tmp_path / "s", tmp_path / "new.csv", out=tmp_path / "out.csv")
    assert "predict_proba(vectors)" in caught.value.hint
