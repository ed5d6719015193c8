import numpy as np
import pytest
from tests.pictures import BLUE, RED, image

from mollia.content import data_reference
from mollia.encode.pixels import Pixels
from mollia.errors import DataError
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent
from mollia.student.load import load_student
from mollia.testing import check_encoder


def stripes(direction, shade):
    """A picture of stripes, across or upright."""
    import io  # noqa: PLC0415  # used here alone

    from PIL import Image  # noqa: PLC0415  # the same

    line = np.where(np.arange(40) // 5 % 2, shade, 255).astype(np.uint8)
    pixels = np.tile(line, (40, 1))
    pixels = pixels.T if direction == "across" else pixels
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, "PNG")
    return data_reference(held.getvalue())


def test_the_protocols_promises_hold_for_rows_without_an_image():
    class Blank(Pixels):
        def encode(self, texts, /):
            return super().encode([""] * len(texts))

    check_encoder(Blank())


def test_rows_are_finite_and_in_order(tmp_path):
    (tmp_path / "red.png").write_bytes(image(RED))
    rows = [str(tmp_path / "red.png"), "", data_reference(image(BLUE)), data_reference(image(RED))]
    vectors = Pixels().encode(rows)
    assert vectors.dtype == np.float32
    assert vectors.shape == (4, Pixels.dim)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0, 1, 1], abs=1e-5)
    assert np.array_equal(vectors[0], vectors[3])
    assert not np.array_equal(vectors[0], vectors[2])
    assert Pixels().encode([]).shape == (0, Pixels.dim)


def test_the_direction_of_edges_counts_more_than_their_strength():
    a, b, c = Pixels().encode([stripes("across", 0), stripes("across", 60), stripes("upright", 0)])
    assert a @ b > 0.9 > a @ c


def test_what_cannot_be_read_is_told():
    with pytest.raises(DataError, match="cannot be read"):
        Pixels().encode(["nowhere.png"])


def test_a_student_on_pixels_is_stored_and_predicts_from_paths(tmp_path):
    shades = range(0, 160, 20)
    X = [stripes(way, shade) for shade in shades for way in ("across", "upright")]
    student = FrozenStudent("pixels").fit(X, np.eye(2)[[0, 1] * len(shades)])
    save(student, tmp_path / "student", ("across", "upright"))
    (tmp_path / "new.png").write_bytes(image(size=(3, 3)))
    loaded = load_student(tmp_path / "student")
    assert loaded.predict([stripes("across", 170), stripes("upright", 170)]) == ["across", "upright"]
    assert loaded.predict_proba([str(tmp_path / "new.png"), ""]).shape == (2, 2)
