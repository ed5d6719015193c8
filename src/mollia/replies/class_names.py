"""The names of a task's classes as replies write them: folded, plural, denied, and where one is mentioned."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

SHORT = 2  # names up to this length ("A", "no", "7") are easily met by chance in a sentence
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"'})
_WIDE = str.maketrans(
    {
        "\uff1a": ": ",
        "\uff0c": ", ",
        "\u3002": "\u3002 ",
        "\uff1b": "; ",
        "\u3001": ", ",
        "\uff01": "! ",
        "\uff1f": "? ",
    }
)
_PARTS = re.compile(r"(?<=[^\W\d])(?:[ ]?[,/&+][ ]?|[ ]and[ ])(?=[^\W\d])")
_DENIED = re.compile(r"(?:not(?: an?)? |non ?|no )(?P<rest>.+)")
_PREFIXES = ("non", "un", "in", "ir", "im", "il", "dis", "anti")
# scripts that put no blank between words (their letters stand for whole words), and Hangul, which adds endings
_JOINED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
)
_HANGUL = "\uac00-\ud7af"
_RUN_ON = re.compile(f"[{_JOINED}]")
_RUN_ON_RIGHT = re.compile(f"[{_JOINED}{_HANGUL}]")


def as_written(text: str) -> str:
    """Keep case and signs."""
    return unicodedata.normalize("NFC", text.strip())


def caseless(text: str) -> str:
    """Fold case, width and quotes; wide punctuation gets the blank that it stands for."""
    plain = unicodedata.normalize("NFKC", text.translate(_WIDE)).translate(_QUOTES)
    return re.sub(r"\n\s+", "\n", re.sub(r"[^\S\n]+", " ", plain)).strip().casefold()


def spaced(text: str) -> str:
    """Fold blanks, underscores and hyphens inside words too."""
    return re.sub(r"(?<=\w)[ _\-]+(?=\w)", " ", caseless(text))


def loose(text: str) -> str:
    """Fold commas, slashes and "and" inside a name too."""
    return _PARTS.sub(" ", spaced(text))


Fold = Callable[[str], str]
_FOLDS: tuple[tuple[Fold, Fold], ...] = (
    (loose, spaced),
    (spaced, spaced),
    (caseless, caseless),
    (as_written, as_written),
)


class ClassNames:
    """The names of K classes; `number` finds a class by its folded name, `mention` every name in a text."""

    def __init__(self, classes: Sequence[Sequence[str]]) -> None:
        flat = [(name, number) for number, names in enumerate(classes) for name in names if name.strip()]
        self.exact = {name.strip(): number for name, number in reversed(flat)}
        self.ends = {sign for name, _ in flat for sign in (name.strip()[0], name.strip()[-1])}
        self._fold, self.fold_text = next(
            both for both in _FOLDS if both[0] is as_written or _keeps_apart(both[0], flat)
        )
        single = {self.fold_text(name): number for name, number in reversed(flat)}
        # "Food, drinks" may be written "food and drinks", but for where "Food" and "Drinks" are classes too
        parts = {name: _PARTS.split(name) for name in single if self._fold is loose}
        joint = {
            name: each for name, each in parts.items() if len(each) > 1 and not single.keys() >= set(each)
        }
        self._folded = single | {self._fold(name): single[name] for name in joint}
        denials = self._denials()
        self._more = self._plurals() | denials  # plurals count where nothing else is said
        self.opposite = self._opposites()
        patterns = {form: _bounded(form) for form in [*single, *denials]}
        patterns |= {name: _in_parts(each) for name, each in joint.items()}
        longest_first = sorted(patterns, key=len, reverse=True)
        self.mention = re.compile("|".join(patterns[name] for name in longest_first) or r"(?!)")

    def number(self, text: str) -> int:
        """Return the class whose name a text, or a mention in one, is, -1 = none; a whole number may have become a decimal one."""
        form = self.fold_text(text)
        if form not in self._folded:
            form = self._fold(text)
        if form not in self._folded and (whole := re.fullmatch(r"([+\-]?\d+)\.0+", form)):
            form = whole[1]
        return self._folded.get(form, self._more.get(form, -1))

    def begins(self, text: str) -> bool:
        """Tell whether a text is the beginning of a name."""
        return any(name.startswith(text) for name in self._folded)

    def _plurals(self) -> dict[str, int]:
        """Names of letters and blanks only, one "s" more or less, where that is no other name."""
        forms: dict[str, int | None] = {}
        for name, number in self._folded.items():
            if name.replace(" ", "").isalpha() and len(name) > SHORT + 1:
                form = name.removesuffix("s") if name.endswith("s") else name + "s"
                forms[form] = None if form in forms and forms[form] != number else number
        return {form: n for form, n in forms.items() if n is not None and form not in self._folded}

    def _pairs(self) -> list[tuple[str, str]]:
        """Pairs of names of which the second denies the first."""
        out = []
        for name in self._folded:
            denied = _DENIED.fullmatch(name)
            if denied and denied["rest"] in self._folded:
                out.append((denied["rest"], name))
            out += [(other, name) for other in self._folded for prefix in _PREFIXES if name == prefix + other]
        return out

    def _denials(self) -> dict[str, int]:
        """Other ways of writing a name that denies another: "non-toxic" for "not toxic"."""
        return {
            form: self._folded[denying]
            for name, denying in self._pairs()
            for form in (f"non {name}", f"non{name}", f"not {name}", f"isn't {name}")
            if form not in self._folded
        }

    def _opposites(self) -> dict[int, int]:
        return {self._folded[name]: self._folded[denying] for name, denying in self._pairs()}


def words(text: str) -> int:
    """Return the number of words; scripts without blanks count two signs as one."""
    return len(text.split()) + len(_RUN_ON.findall(text)) // 2


def is_short(name: str) -> bool:
    """Tell whether a name is easily met by chance."""
    return len(name) <= (1 if _RUN_ON_RIGHT.search(name) else SHORT)


def _keeps_apart(fold: Fold, names: list[tuple[str, int]]) -> bool:
    """Tell whether no two classes' names become the same."""
    seen: dict[str, int] = {}
    return all(fold(name) and seen.setdefault(fold(name), number) == number for name, number in names)


def _bounded(name: str) -> str:
    """Return a pattern for a name as a word of its own: "10" is no 1, "Sportswear" no Sport, "-1.5" no 1."""
    return f"{_left(name)}{re.escape(name)}{_right(name)}"


def _in_parts(parts: Sequence[str]) -> str:
    joint = r"(?: ?[,/&+] ?| and | )"
    return f"{_left(parts[0])}{joint.join(map(re.escape, parts))}{_right(parts[-1])}"


def _left(name: str) -> str:
    if name[0].isdigit():
        return r"(?<![\w+\-\u2212])(?<!\d[.,])"
    return r"(?<!\w)" if name[0].isalnum() and not _RUN_ON.match(name[0]) else ""


def _right(name: str) -> str:
    if name[-1].isdigit():
        return r"(?![\w%]|[.,]\d)"
    return r"(?![\w+#])" if name[-1].isalnum() and not _RUN_ON_RIGHT.match(name[-1]) else ""
