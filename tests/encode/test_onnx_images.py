"""An image model in ONNX as an encoder: a real one, EfficientNet-Lite0, and small ones of other forms."""

import json
import shutil

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from sklearn.datasets import load_sample_images
from tests.image_model import write_model
from tests.pictures import BLUE, RED, image

from mollia.content import data_reference
from mollia.encode.onnx_images import OnnxImages
from mollia.errors import DataError
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent
from mollia.student.load import load_student
from mollia.testing import check_encoder

PLAIN = {"size": 8, "do_normalize": False}
SMALL = [data_reference(image(colour)) for colour in (RED, BLUE)]


def photo(number, box):
    """A part of one of scikit-learn's two photos: a temple, a flower."""
    import io  # noqa: PLC0415  # used here alone

    from PIL import Image  # noqa: PLC0415  # the same

    held = io.BytesIO()
    Image.fromarray(load_sample_images().images[number]).crop(box).save(held, "PNG")
    return data_reference(held.getvalue())


@pytest.fixture(scope="module")
def real(image_model):
    return OnnxImages(str(image_model), threads=1)


def written(folder, nodes, shape, out, preparation=PLAIN, inputs=()):
    """An encoder of a small model; its one output is `y`."""
    folder.mkdir(exist_ok=True)
    write_model(folder / "model.onnx", nodes, [], shape, ("y", out), inputs)
    (folder / "preprocessor_config.json").write_text(json.dumps(preparation), encoding="utf-8")
    return OnnxImages(str(folder), threads=1)


def node(operator, *inputs, out="y", **attributes):
    return helper.make_node(operator, list(inputs), [out], **attributes)


def test_a_real_model_sees_that_two_parts_of_a_photo_are_alike(real):
    left, right = (0, 0, 400, 427), (240, 0, 640, 427)
    rows = [photo(number, box) for number in (0, 1) for box in (left, right)]
    vectors = real.encode([*rows, ""])
    assert vectors.dtype == np.float32
    assert vectors.shape == (5, real.dim) == (5, 1280)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1, 1, 0], abs=1e-5)
    alike = vectors @ vectors.T
    assert min(alike[0, 1], alike[2, 3]) > alike[:2, 2:4].max() + 0.1


def test_the_protocols_promises_hold_for_rows_without_an_image(real):
    class Blank(OnnxImages):
        def encode(self, texts, /):
            return super().encode([""] * len(texts))

    check_encoder(Blank(real.model, threads=1))


def test_the_name_changes_with_the_model_and_its_preprocessing(tmp_path):
    one = written(tmp_path / "a", [node("GlobalAveragePool", "pixel_values")], ["n", 3, 8, 8], ["n", 3, 1, 1])
    same = OnnxImages(str(tmp_path / "a" / "model.onnx"))
    assert one.name == same.name
    (tmp_path / "a" / "preprocessor_config.json").write_text(
        json.dumps(PLAIN | {"resample": 0}), encoding="utf-8"
    )
    assert OnnxImages(str(tmp_path / "a")).name != one.name
    other = written(tmp_path / "b", [node("GlobalMaxPool", "pixel_values")], ["n", 3, 8, 8], ["n", 3, 1, 1])
    assert other.name != one.name


def test_maps_and_tokens_become_their_mean_and_a_pooled_output_is_taken_first(tmp_path):
    colours = np.array([RED, BLUE]) / 255
    of_map = written(tmp_path / "map", [node("Identity", "pixel_values")], ["n", 3, 8, 8], ["n", 3, 8, 8])
    found = of_map.encode(SMALL)
    assert found.shape == (2, 3)
    assert found[0].argmax() == colours[0].argmax() != found[1].argmax()
    # rows first, colours last, four at a time, in half precision: as TensorFlow's models have it
    nodes = [node("Cast", "pixel_values", out="c", to=TensorProto.FLOAT), node("Identity", "c")]
    last = written(tmp_path / "last", nodes, [4, 8, 8, 3], [4, 8, 8, 3])
    assert last.encode(SMALL) == pytest.approx(found, abs=1e-3)
    tokens = [node("Flatten", "pixel_values", out="f", axis=2), node("Identity", "f")]
    shape = [node("Shape", "pixel_values", out="s", start=0, end=2)]
    rest = helper.make_node(
        "Constant", [], ["m"], value=helper.make_tensor("m", TensorProto.INT64, [1], [-1])
    )
    tokens = [
        *shape,
        rest,
        node("Concat", "s", "m", out="t", axis=0),
        node("Reshape", "pixel_values", "t", out="r"),
    ]
    tokens += [node("Transpose", "r", perm=[0, 2, 1])]
    assert written(tmp_path / "t", tokens, ["n", 3, 8, 8], ["n", 64, 3]).encode(SMALL) == pytest.approx(
        found, abs=1e-5
    )
    pooled = tmp_path / "pooled"
    written(pooled, [node("Identity", "pixel_values")], ["n", 3, 8, 8], ["n", 3, 8, 8])
    model = onnx.load(pooled / "model.onnx")
    model.graph.node.extend([node("ReduceMax", "pixel_values", out="w", axes=[2, 3], keepdims=0)])
    model.graph.node.extend([node("Neg", "w", out="image_embeds")])
    model.graph.output.extend([helper.make_tensor_value_info("image_embeds", TensorProto.FLOAT, ["n", 3])])
    onnx.save(model, pooled / "model.onnx")
    assert (OnnxImages(str(pooled)).encode(SMALL) <= 0).all()


def test_a_student_brings_its_image_model_along(real, image_model, tmp_path):
    shades = range(20, 220, 40)
    X = [data_reference(image((s, 10, 10), size=(30, 30))) for s in shades]
    X += [data_reference(image((10, 10, s), size=(30, 30))) for s in shades]
    student = FrozenStudent(real).fit(X, np.eye(2)[np.repeat([0, 1], len(shades))])
    save(student, tmp_path / "student", ("red", "blue"))
    shutil.move(image_model, tmp_path / "away")
    try:
        loaded = load_student(tmp_path / "student")
        (tmp_path / "new.png").write_bytes(image(RED, size=(30, 30)))
        assert loaded.predict([str(tmp_path / "new.png")]) == ["red"]
        assert loaded.predict_proba(X) == pytest.approx(student.predict_proba(X), abs=1e-6)
    finally:
        shutil.move(tmp_path / "away", image_model)


def test_the_model_may_lie_in_a_folder_onnx_as_on_the_hub(tmp_path, image_model):
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "vision_model.onnx").symlink_to(image_model / "model.onnx")
    shutil.copy(image_model / "preprocessor_config.json", tmp_path)
    assert OnnxImages(str(tmp_path), threads=1).encode([SMALL[0]]).shape == (1, 1280)


def test_what_is_no_image_model_is_told(tmp_path, image_model, minilm):
    with pytest.raises(DataError, match="needs an image model, and none is built in"):
        OnnxImages().encode([""])
    with pytest.raises(DataError, match=r"no image model .*none with vision_model.onnx or model.onnx"):
        OnnxImages(str(tmp_path / "none")).encode([""])
    bare = tmp_path / "bare"
    bare.mkdir()
    shutil.copy(image_model / "model.onnx", bare)
    with pytest.raises(DataError, match=r"preprocessor_config.json cannot be read") as caught:
        OnnxImages(str(bare)).encode(SMALL)
    assert "image_mean" in caught.value.hint
    (bare / "preprocessor_config.json").write_text(json.dumps(PLAIN), encoding="utf-8")
    with pytest.raises(
        DataError, match=r"reads images of 224 x 224 pixels, and preprocessor_config\.json makes them 8 x 8"
    ):
        OnnxImages(str(bare)).encode(SMALL)
    shutil.copy(minilm.model, bare / "model.onnx")
    with pytest.raises(DataError, match=r"takes input_ids .*an image model takes one input"):
        OnnxImages(str(bare)).encode(SMALL)
    scalar = written(tmp_path / "s", [node("ReduceMean", "pixel_values", keepdims=0)], ["n", 3, 8, 8], [])
    with pytest.raises(DataError, match="gives no vectors of finite numbers"):
        scalar.encode(SMALL)
    with pytest.raises(DataError, match="cannot be read"):
        OnnxImages(str(image_model)).encode(["nowhere.png"])
