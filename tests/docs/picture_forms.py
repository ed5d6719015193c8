"""The forms in which README and docs hold each picture of a page."""

from dataclasses import dataclass
from pathlib import Path

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
SHOWN = PICTURES / "shown.json"  # picture -> the pages' own words that can be read in it
LARGEST = 60_000  # bytes of a picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A window, in pixels of CSS; `media` is when a reader's browser takes it (blank: when it takes no other)."""

    width: int
    height: int
    scale: int
    scheme: str
    end: str
    media: str

    @property
    def phone(self):
        return self.width < 600

    def file(self, name):
        return f"{name}{self.end}.webp"


WIDE = {"width": 1280, "height": 860, "scale": 1}
PHONE = {"width": 390, "height": 700, "scale": 2}
DARK = "(prefers-color-scheme: dark)"
NARROW = "(max-width: 600px)"
FORMS = (
    Form(**WIDE, scheme="light", end="", media=""),
    Form(**WIDE, scheme="dark", end="-dark", media=DARK),
    Form(**PHONE, scheme="light", end="-phone", media=NARROW),
    Form(**PHONE, scheme="dark", end="-phone-dark", media=f"{NARROW} and {DARK}"),
)
