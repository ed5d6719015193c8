import numpy as np
import pytest

from mollia.content import content_bytes, data_reference
from mollia.images import LARGEST, SIDE, THUMBNAIL, fault, pixels, sent, sent_size, thumbnail

from .pictures import BLUE, RED, image, opened, turned


def test_a_small_image_is_sent_as_it_is():
    assert sent(data_reference(image())) == data_reference(image())


@pytest.mark.parametrize(
    ("kind", "given"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("BMP", "image/png")]
)
def test_a_large_image_is_made_smaller_and_keeps_its_shape(kind, given):
    kind_now, made = opened(sent(data_reference(image(size=(SIDE * 2, SIDE), kind=kind))))
    assert (kind_now, made.size) == (given, (SIDE, SIDE // 2))
    assert np.abs(np.subtract(made.convert("RGB").getpixel((SIDE - 5, SIDE // 2 - 5)), RED)).max() < 4


def test_the_size_that_is_sent_is_known_without_sending():
    for size in ((12, 8), (SIDE * 2, SIDE), (SIDE * 3, 2)):
        assert (
            sent_size(data_reference(image(size=size)))
            == opened(sent(data_reference(image(size=size))))[1].size
        )
    assert sent_size("https://example.org/a.png") == (SIDE, SIDE)  # the most that it can be


def test_a_photo_of_a_turned_camera_stands_upright():
    _, made = opened(sent(data_reference(turned(size=(64, 32)))))
    assert made.size == (32, 64)
    assert made.getpixel((31, 0))[1] > 200  # the white corner went from the left to the right
    assert pixels(turned(size=(64, 32)), (32, 64))[2, 30, 1] > 0.8


def test_what_a_camera_wrote_beside_the_pixels_is_not_sent():
    from PIL import Image  # noqa: PLC0415  # used here alone

    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    for data in (image(kind="JPEG", exif=exif), image(kind="JPEG", comment=b"taken at home")):
        assert b"taken at home" in data
        assert b"taken at home" not in content_bytes(sent(data_reference(data)))
        assert b"taken at home" not in content_bytes(thumbnail(data_reference(data)))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA"])
def test_every_kind_of_pixel_is_read(mode):
    data = image(size=(SIDE + 1, 9), mode=mode)
    assert fault(data) == ""
    assert opened(sent(data_reference(data)))[1].size[0] == SIDE
    assert pixels(data, (4, 4)).shape == (4, 4, 3)


def test_what_is_transparent_is_white():
    from PIL import Image  # noqa: PLC0415  # used here alone

    assert pixels(image(mode="RGB"), (2, 2))[1, 1] == pytest.approx(np.divide(RED, 255), abs=0.01)
    import io  # noqa: PLC0415  # the same

    held = io.BytesIO()
    Image.new("RGBA", (4, 4), (*BLUE, 0)).save(held, "PNG")
    assert pixels(held.getvalue(), (2, 2)).min() == 1


def test_a_thumbnail_is_small():
    _, made = opened(thumbnail(data_reference(image(size=(900, 300), kind="JPEG"))))
    assert max(made.size) == THUMBNAIL


def test_what_cannot_be_used_is_said():
    assert fault(b"a text") == "is not an image (PNG, JPEG, GIF, WebP or BMP)"
    assert fault(b"<svg xmlns='http://www.w3.org/2000/svg'/>").startswith("is not an image")
    assert fault(image()[:40]).startswith("is damaged: ")
    assert fault(image(size=(400, 400), kind="JPEG")[:-600]).startswith("is damaged: ")
    assert fault(b"\0" * (LARGEST + 1)) == "is too large: 20 MB, the most is 20 MB"
    assert (
        fault(image(size=(10_000, 5_001), mode="1"))
        == "is too large: 10000 x 5001 pixels, the most is 50 million"
    )
