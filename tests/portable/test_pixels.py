import numpy as np
from tests.portable.conftest import agree, example, session, shapes

from mollia.arrays import one_hot
from mollia.content import content_bytes
from mollia.encode.pixels import Pixels
from mollia.portable.onnx_folder import write_onnx
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent
from mollia.student.load import load_student


def test_the_pages_program_predicts_the_same_from_files(tmp_path, monkeypatch, capsys):
    rows, y = shapes()
    loaded = load_student(
        save(FrozenStudent(Pixels()).fit(rows, one_hot(y, 2)), tmp_path / "student", ("across", "upright"))
    )
    write_onnx(loaded, tmp_path / "student-onnx")
    paths = [tmp_path / f"{at}.png" for at in range(len(rows))]
    for path, row in zip(paths, rows, strict=True):
        path.write_bytes(content_bytes(row))
    monkeypatch.chdir(tmp_path)
    names = {"paths": paths}
    exec(example("images.py"), names)  # noqa: S102  # the page's own example
    agree(names["probs"], loaded, rows)
    assert capsys.readouterr().out.strip() == str(loaded.predict(rows))


def test_a_picture_without_edges_or_colours_counts_like_no_picture(tmp_path):
    rows, y = shapes()
    loaded = load_student(save(FrozenStudent(Pixels()).fit(rows, one_hot(y, 2)), tmp_path / "s", ("a", "b")))
    write_onnx(loaded, tmp_path / "onnx")
    even = np.full((1, 32, 32, 3), 77, np.uint8)
    (found,) = session(tmp_path / "onnx").run(["probabilities"], {"pixels": even})
    agree(found, loaded, [""])
