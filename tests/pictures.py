"""Small images and sounds that several tests write."""

import io
import wave

from PIL import Image

RED, GREEN, BLUE = (200, 30, 30), (30, 160, 60), (40, 60, 200)


def image(colour=RED, size=(12, 8), kind="PNG", mode="RGB", **more):
    """The bytes of an image of one colour with a white corner, by which its turn can be told."""
    made = Image.new("RGB", size, colour)
    made.paste((255, 255, 255), (0, 0, max(1, size[0] // 4), max(1, size[1] // 4)))
    held = io.BytesIO()
    made.convert(mode).save(held, kind, **more)
    return held.getvalue()


def turned(colour=RED, size=(12, 8)):
    """A JPEG whose camera was held on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return image(colour, size, "JPEG", exif=exif)


def sound(n=80):
    """A WAV file of n silent samples."""
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(b"\x80" * n)
    return held.getvalue()


def opened(address):
    """The image in a data URL."""
    import base64  # noqa: PLC0415  # used here alone

    head, _, held = address.partition(";base64,")
    made = Image.open(io.BytesIO(base64.b64decode(held, validate=True)))
    made.load()
    return head.removeprefix("data:"), made
