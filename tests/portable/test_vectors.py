import json

import numpy as np
from tests.portable.conftest import agree, session

from mollia.arrays import one_hot
from mollia.encode.precomputed import Precomputed
from mollia.portable.onnx_folder import write_onnx
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent
from mollia.student.load import load_student


def test_numbers_are_taken_as_they_came_and_large_ones_lose_nothing(tmp_path):
    rng = np.random.default_rng(0)
    vectors = rng.normal((3, 1e7, -2, 0), (50, 1, 1e-4, 1), (90, 4)).astype(np.float32).astype(np.float64)
    names = [str(i) for i in range(90)]
    y = (vectors[:, 0] > 3).astype(int) + (vectors[:, 1] > 1e7)
    encoder = Precomputed(names, vectors, columns=("a", "b", "c", "d"))
    loaded = load_student(
        save(FrozenStudent(encoder).fit(names, one_hot(y, 3)), tmp_path / "s", ("x", "y", "z"))
    )
    write_onnx(loaded, tmp_path / "onnx")
    (found,) = session(tmp_path / "onnx").run(["probabilities"], {"vectors": vectors})
    agree(found, loaded, vectors)
    told = json.loads((tmp_path / "onnx" / "features.json").read_text("utf-8"))
    assert told == {"format": 1, "classes": ["x", "y", "z"], "columns": ["a", "b", "c", "d"]}
