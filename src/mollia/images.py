"""The one place where images are opened, measured and made smaller; Pillow (extra `images`) does it."""

from __future__ import annotations

import base64
import io
import warnings
from functools import lru_cache
from typing import Any

import numpy as np

from mollia.arrays import Floats
from mollia.content import content_bytes, media_type, on_the_web
from mollia.optional import require

LARGEST = 20 * 2**20  # bytes of a file
MOST_PIXELS = 50_000_000
SIDE = 1024  # pixels of the longer side that a server is sent at most
THUMBNAIL = 160  # and that a report shows
QUALITY = 90
AS_THEY_ARE = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}  # what every server takes
# In the names of what is not pixels.
BESIDE = ("exif", "xmp", "comment", "photoshop", "text", "author", "description")


def fault(data: bytes) -> str:
    """Return what is wrong with an image, "" where it can be used.

    Raises
    ------
    MissingExtra
        Without Pillow.
    """
    if len(data) > LARGEST:
        return f"is too large: {len(data) / 2**20:.0f} MB, the most is {LARGEST // 2**20} MB"
    if not (media_type(data) or "").startswith("image/"):
        return "is not an image (PNG, JPEG, GIF, WebP or BMP)"
    try:
        image = _opened(data)
        width, height = image.size
        if width * height > MOST_PIXELS:
            return f"is too large: {width} x {height} pixels, the most is {MOST_PIXELS // 10**6} million"
        image.draft("RGB", (SIDE // 16, SIDE // 16))
        image.load()
    except Exception as error:  # noqa: BLE001  # a damaged file makes Pillow raise nearly anything
        return f"is damaged: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
    return ""


@lru_cache(maxsize=64)  # an image is sent some times: for label probabilities, for samples, to several LLMs
def sent(reference: str) -> str:
    """Return the address under which a server gets an image: on the web, or a data URL of at most SIDE pixels.

    Raises
    ------
    DataError
        When the file is gone or has changed since it was read.
    """
    return reference if on_the_web(reference) else _data_url(content_bytes(reference), SIDE)


def sent_size(reference: str) -> tuple[int, int]:
    """Return the width and height that a server is sent of an image; of one on the web, the most it would be sent.

    Raises
    ------
    DataError
        When the file is gone or has changed since it was read.
    """
    if on_the_web(reference):
        return SIDE, SIDE
    width, height = _opened(content_bytes(reference)).size
    scale = min(1.0, SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def thumbnail(reference: str) -> str:
    """Return a small copy as a data URL.

    Raises
    ------
    DataError
        When the file is gone or has changed since it was read, or it lies on the web.
    """
    return _data_url(content_bytes(reference), THUMBNAIL)


def pixels(data: bytes, size: tuple[int, int]) -> Floats:
    """Return the image at a size (width, height) as (height, width, 3) from 0 to 1; what is transparent is white."""
    pillow = _pillow()
    flat = _flat(data)
    small = flat.resize(size, pillow.Resampling.BOX if flat.width > size[0] else pillow.Resampling.BILINEAR)
    return np.asarray(small, np.float64) / 255


def fitted(
    data: bytes, *, size: tuple[int, int] | int | None, crop: tuple[int, int] | None, resample: int
) -> Floats:
    """Return the image as an image model reads it, (height, width, 3) from 0 to 255; what is transparent is white.

    It is brought to a size (width, height), or its shorter side is, by the Pillow filter of that number; then its middle
    is cut out, where `crop` (width, height) says so. What lies beyond the image is black.
    """
    flat = _flat(data)
    if size is not None:
        if isinstance(size, int):
            shorter = min(flat.size)
            size = (max(size, flat.width * size // shorter), max(size, flat.height * size // shorter))
        flat = flat.resize(size, resample)
    if crop is not None:
        left, top = (flat.width - crop[0]) // 2, (flat.height - crop[1]) // 2
        flat = flat.crop((left, top, left + crop[0], top + crop[1]))
    return np.asarray(flat, np.float64)


def _flat(data: bytes) -> Any:  # noqa: ANN401  # Pillow is optional
    """Return an image upright and in three colours, on white."""
    image = _upright(_opened(data)).convert("RGBA")
    white = _pillow().new("RGBA", image.size, "white")
    return _pillow().alpha_composite(white, image).convert("RGB")


def _data_url(data: bytes, most: int) -> str:
    """Return an image as a data URL, made smaller where its longer side is more than `most` pixels.

    What a camera or program wrote beside the pixels (place, time, name) is left out.
    """
    image, kind = _opened(data), media_type(data) or ""
    told = bool(image.getexif()) or any(word in name.lower() for name in image.info for word in BESIDE)
    if told or max(image.size) > most or kind not in AS_THEY_ARE:
        image = _upright(image)
        see_through = "A" in image.getbands() or "transparency" in image.info
        image = image.convert("RGBA" if see_through else "RGB")
        image.thumbnail((most, most))
        image.info = {}
        kind = "image/jpeg" if kind == "image/jpeg" else "image/png"
        written = io.BytesIO()
        image.save(written, AS_THEY_ARE[kind], **({"quality": QUALITY} if kind == "image/jpeg" else {}))
        data = written.getvalue()
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _opened(data: bytes) -> Any:  # noqa: ANN401  # the same
    pillow = _pillow()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its size is checked here
        return pillow.open(io.BytesIO(data))


def _upright(image: Any) -> Any:  # noqa: ANN401  # the same
    return require("PIL.ImageOps", extra="images", purpose="Reading images").exif_transpose(image)


def _pillow() -> Any:  # noqa: ANN401  # the same
    return require("PIL.Image", extra="images", purpose="Reading images")
