"""How an image model wants its images: size, cut, scale, mean, deviation and order of colours.

It is read from the `preprocessor_config.json` that Hugging Face's models have beside them
(https://huggingface.co/docs/transformers/main_classes/image_processor):

    size                {"height": 224, "width": 224}: made that size, whatever its shape
                        {"shortest_edge": 224}: its shorter side
                        a number: the shorter side where it is then cut, else both sides
    crop_size           the middle that is cut out, as a number or with height and width; `do_center_crop` turns it on
    resample            Pillow's number of the filter (0 nearest, 2 bilinear, 3 bicubic)
    rescale_factor      1/255 by default
    image_mean, image_std
    do_flip_channel_order   blue, green, red

`do_resize`, `do_center_crop`, `do_rescale` and `do_normalize` turn a step off; padding, an offset and grey are refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mollia.arrays import Floats
from mollia.errors import DataError
from mollia.images import fitted

FILE = "preprocessor_config.json"
BILINEAR, FILTERS = 2, 6  # Pillow's numbers
COLOURS = 3
MOST = 4096  # pixels of a side: more is a slip
NOT_FOLLOWED = ("do_pad", "rescale_offset", "do_convert_grayscale")
EXAMPLE = (
    '{"size": {"height": 224, "width": 224}, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """What is done to an image, in this order; sizes are (width, height)."""

    size: tuple[int, int] | int | None  # a number: of the shorter side
    crop: tuple[int, int] | None
    resample: int
    factor: float
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    flipped: bool  # blue, green, red

    @property
    def shape(self) -> tuple[int, int]:
        """The (height, width) that every image gets."""
        width, height = self.crop or self.size  # type: ignore[misc]  # one of them is a pair: see `_checked`
        return height, width

    def of(self, data: bytes) -> Floats:
        """Return an image's numbers (height, width, 3)."""
        colours = fitted(data, size=self.size, crop=self.crop, resample=self.resample)
        numbers = (colours * self.factor - self.mean) / self.deviation
        return numbers[:, :, ::-1] if self.flipped else numbers


def read_preparation(path: Path) -> Preparation:
    """Read a `preprocessor_config.json`.

    Raises
    ------
    DataError
        When it is missing, is not such a file, or leaves open what size an image gets.
    """
    try:
        read = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror}.",
            hint=f"It says how the model wants its images; at least: {EXAMPLE}",
        ) from None
    except ValueError as error:
        raise DataError(f"{path} is not JSON: {error}.") from None
    try:
        return _checked(read if isinstance(read, dict) else {})
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f"{path}: {error}", hint=f"At least: {EXAMPLE}") from None


def _checked(read: Mapping[str, Any]) -> Preparation:
    crop = _pair(read["crop_size"], "crop_size") if _cut(read) else None
    size = _size(read.get("size"), cut=crop is not None) if read.get("do_resize", True) else None
    if crop is None and not isinstance(size, tuple):
        raise ValueError(
            'images must all get one size: "size" needs height and width, or "crop_size" must be given.'
        )
    if other := [name for name in NOT_FOLLOWED if read.get(name)]:
        raise ValueError(f'"{other[0]}" is not followed; prepare the images yourself, or give vectors.')
    normal = read.get("do_normalize", True)
    resample = read.get("resample", BILINEAR)
    if resample not in range(FILTERS):
        raise ValueError(f'"resample" is {resample!r}, not one of Pillow\'s filters 0 to {FILTERS - 1}.')
    deviation = _colours(read, "image_std") if normal else (1.0,) * COLOURS
    if 0 in deviation:
        raise ValueError('"image_std" holds a 0.')
    return Preparation(
        size=size,
        crop=crop,
        resample=int(resample),
        factor=float(read.get("rescale_factor", 1 / 255)) if read.get("do_rescale", True) else 1.0,
        mean=_colours(read, "image_mean") if normal else (0.0,) * COLOURS,
        deviation=deviation,
        flipped=bool(read.get("do_flip_channel_order", False)),
    )


def _cut(read: Mapping[str, Any]) -> bool:
    return bool(read.get("do_center_crop", "crop_size" in read)) and "crop_size" in read


def _size(value: object, *, cut: bool) -> tuple[int, int] | int:
    if isinstance(value, dict) and "shortest_edge" in value:
        return _side(value["shortest_edge"], "size")
    return _side(value, "size") if cut and isinstance(value, int) else _pair(value, "size")


def _pair(value: object, name: str) -> tuple[int, int]:
    if isinstance(value, dict):
        return _side(value.get("width"), name), _side(value.get("height"), name)
    return _side(value, name), _side(value, name)


def _side(value: object, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= MOST:
        raise ValueError(
            f'"{name}" is {value!r}, not a number of pixels, height and width, or shortest_edge.'
        )
    return value


def _colours(read: Mapping[str, Any], name: str) -> tuple[float, ...]:
    values = tuple(float(each) for each in read.get(name) or ())
    if len(values) != COLOURS or not np.isfinite(values).all():
        raise ValueError(f'"{name}" must hold three numbers, for red, green and blue.')
    return values
