"""How an image model wants its images, as Hugging Face's models have it beside them."""

import json

import numpy as np
import pytest
from tests.pictures import RED, image

from mollia.encode.image_preparation import FILE, read_preparation
from mollia.errors import DataError

COLOURS = {"image_mean": [0.5, 0.25, 0.0], "image_std": [0.5, 0.5, 0.25]}
CLIP = {"size": {"shortest_edge": 8}, "do_center_crop": True, "crop_size": 8, "resample": 3}


def prepared(folder, data, **written):
    path = folder / FILE
    path.write_text(json.dumps(COLOURS | written), encoding="utf-8")
    found = read_preparation(path)
    out = found.of(data)
    assert out.shape == (*found.shape, 3)
    return out


def test_colours_are_brought_to_the_models_mean_and_deviation(tmp_path):
    out = prepared(tmp_path, image(RED), size={"height": 6, "width": 10})
    assert out.shape == (6, 10, 3)
    red = np.array(RED) / 255
    expected = (red - COLOURS["image_mean"]) / COLOURS["image_std"]
    assert out[-1, -1] == pytest.approx(expected, abs=0.03)
    flipped = prepared(tmp_path, image(RED), size=6, do_flip_channel_order=True)
    assert flipped[-1, -1] == pytest.approx(expected[::-1], abs=0.03)
    raw = prepared(tmp_path, image(RED), size=6, do_rescale=False, do_normalize=False)
    assert raw[-1, -1] == pytest.approx(RED, abs=3)


def test_the_shorter_side_is_made_a_size_and_the_middle_cut_out(tmp_path):
    wide = image(RED, size=(40, 10))  # a white corner at the left, which is cut off
    assert len(np.unique(prepared(tmp_path, wide, **CLIP).round(3))) == 3
    assert prepared(tmp_path, wide, **CLIP | {"size": 8}).shape == (8, 8, 3)
    assert len(np.unique(prepared(tmp_path, wide, size=8).round(3))) > 3  # squashed: the corner is seen


def test_what_lies_beyond_a_small_image_is_black(tmp_path):
    out = prepared(tmp_path, image(RED, size=(4, 4)), do_resize=False, crop_size={"height": 8, "width": 6})
    assert out.shape == (8, 6, 3)
    assert out[0, 0] == pytest.approx([-1, -0.5, 0])


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({}, '"size" is None, not a number of pixels'),
        ({"size": {"shortest_edge": 8}}, "images must all get one size"),
        ({"size": 0}, '"size" is 0'),
        ({"size": 8, "resample": 9}, "not one of Pillow's filters 0 to 5"),
        ({"size": 8, "rescale_offset": True}, '"rescale_offset" is not followed'),
        ({"size": 8, "image_mean": [0.5]}, '"image_mean" must hold three numbers'),
        ({"size": 8, "image_std": [0.5, 0, 0.5]}, '"image_std" holds a 0'),
        ({"size": 8, "image_std": "x"}, "could not convert"),
    ],
)
def test_what_cannot_be_followed_is_told_with_an_example(tmp_path, written, said):
    with pytest.raises(DataError, match=said) as caught:
        prepared(tmp_path, image(), **written)
    assert "At least: {" in caught.value.hint


def test_a_file_that_is_missing_or_is_not_json_is_told(tmp_path):
    with pytest.raises(DataError, match=r"preprocessor_config\.json cannot be read: No such file"):
        read_preparation(tmp_path / FILE)
    (tmp_path / FILE).write_text("size: 8", encoding="utf-8")
    with pytest.raises(DataError, match="is not JSON"):
        read_preparation(tmp_path / FILE)
