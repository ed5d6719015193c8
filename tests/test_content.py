import base64

import pytest

from mollia.content import (
    content_bytes,
    data_reference,
    digest_of,
    file_reference,
    identity,
    media_type,
    on_the_web,
)
from mollia.errors import DataError

from .pictures import image, sound


def test_a_file_and_the_same_bytes_in_a_cell_are_one_content(tmp_path):
    path = tmp_path / "a#b.png"
    path.write_bytes(image())
    reference = file_reference(path, image())
    assert content_bytes(reference) == content_bytes(data_reference(image())) == image()
    assert identity(reference) == identity(data_reference(image())) == digest_of(image())
    assert content_bytes(str(path)) == image()


def test_a_file_that_changed_or_is_gone_is_told(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(image())
    reference = file_reference(path, image())
    path.write_bytes(image(size=(4, 4)))
    with pytest.raises(DataError, match=r"a\.png has changed since the data was read"):
        content_bytes(reference)
    path.unlink()
    with pytest.raises(DataError, match=r"a\.png cannot be read: No such file"):
        content_bytes(reference)
    with pytest.raises(DataError, match="data: address cannot be read"):
        content_bytes("data:image/png;base64,???")


def test_nothing_is_read_from_the_web():
    assert on_the_web("https://example.org/a.png")
    assert identity("https://example.org/a.png") == "https://example.org/a.png"
    with pytest.raises(DataError, match="reads no file from there"):
        content_bytes("https://example.org/a.png")


def test_the_type_is_told_by_the_bytes_and_nothing_that_can_hold_a_script_has_one():
    kinds = {kind: media_type(image(kind=kind)) for kind in ("PNG", "JPEG", "GIF", "WEBP", "BMP")}
    assert kinds == {kind: f"image/{kind.lower()}" for kind in kinds}
    assert media_type(sound()) == "audio/wav"
    assert media_type(b"\x00\x00\x00\x20ftypM4A ....") == "audio/mp4"
    for other in (
        b"<svg onload='x()'>",
        b"<html>",
        b"%PDF-1.7",
        b"RIFF....AVI ",
        b"",
        base64.b64encode(image()),
    ):
        assert media_type(other) is None
