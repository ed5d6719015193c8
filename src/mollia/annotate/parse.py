"""Reading a label out of an LLM's reply; what cannot be read gets a reason, never a guess."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

EMPTY = "empty"
CUT = "cut"
NEGATED = "negated"
AMBIGUOUS = "two labels"
UNKNOWN = "unknown"
REASONS = (EMPTY, CUT, NEGATED, AMBIGUOUS, UNKNOWN)

PROSE = 25  # words; in a longer reply a label counts only where it is given as the answer
SHORT = 2  # names up to this length ("A", "no", "7") are easily met by chance in a sentence,
FEW = 6  # so they count in replies of up to 2 words, those that are not letters of up to 6
CUT_LENGTH = 3  # letters of a name that make a cut reply recognisable

_DECORATION = "*_`\"'\u201c\u201d\u2018\u2019\u00ab\u00bb<>[](){}.,:;!?~#|\\/-\u2013\u2014\u2022="
_CLOSING = "*_`\"'\u201d\u2019"
_THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_UNFINISHED = re.compile(r"<think(?:ing)?>", re.IGNORECASE)
_CUE = re.compile(
    r"(?:\b(?:label|answer|category|class|classification|output|result)\b(?:\s+(?:is|would be))?\s*[:=]"
    r"|\b(?:answer|label|category|class)\s+(?:is|would be)\b"
    r"|\b(?:classified|categori[sz]ed|labell?ed)\s+(?:as|under)\b"
    r"|\b(?:falls|belongs|fits)\s+(?:in|into|to|under)\b)"
    r"(?:\s+(?:the|category|class|label))*[\s*_`\"'\u201c(<\[]*",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"(?:\b(?:not|no|never|neither|nor|non|isn't|isnt|wasn't|aren't|cannot|can't|without|except|unlike"
    r"|anything but|other than|rather than|instead of)\b|n't\b)[\s-]*(?:[\w']+\W+){0,3}?[\s*_`\"'\u201c(\u2018]*$",
    re.IGNORECASE,
)
_CHOICE = re.compile(r"\b(?:or|nor|and)\b|[/&]", re.IGNORECASE)
_EXPLAINS = re.compile(r"\s*(?:$|\n|[.:;]\s|[\u2013\u2014]|\s-\s|\(?(?:because|since|as)\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Parsed:
    """The class number, or -1 with the reason."""

    label: int
    reason: str = ""


def parse_reply(reply: str, classes: Sequence[Sequence[str]] | Sequence[str]) -> Parsed:
    """Read the class a reply names.

    Accepted: other case, quotes, markdown, "Label: X", a label followed by an explanation. A
    reply counts for at most one class: longer names win over names they contain ("10" is
    never 1). Otherwise the label is -1 and the reason one of `REASONS`.

    Parameters
    ----------
    classes : K names, or K sequences of names
        With sequences, every name counts for its class (first the canonical one).
    """
    names = tuple((each,) if isinstance(each, str) else tuple(each) for each in classes)
    return _reader(names)(reply)


@lru_cache(maxsize=64)
def _reader(classes: tuple[tuple[str, ...], ...]) -> _Reader:
    return _Reader(classes)


class _Reader:
    """The parser for one list of classes."""

    def __init__(self, classes: tuple[tuple[str, ...], ...]) -> None:
        flat = [(name, number) for number, names in enumerate(classes) for name in names if name.strip()]
        self._exact = {name.strip(): number for name, number in reversed(flat)}
        self._fold = next(fold for fold in _FOLDS if fold is _as_written or _keeps_apart(fold, flat))
        self._strip = "".join(
            sign for sign in _DECORATION if not any(sign in (n.strip()[0], n.strip()[-1]) for n, _ in flat)
        )
        self._folded = {self._fold(name): number for name, number in reversed(flat)}
        self._plural = self._plurals()
        longest_first = sorted(self._folded, key=len, reverse=True)
        self._mention = re.compile("|".join(_bounded(name) for name in longest_first) or r"(?!)")

    def _plurals(self) -> dict[str, int]:
        """Names of letters only, one "s" more or less, where that is no other name."""
        forms: dict[str, int | None] = {}
        for name, number in self._folded.items():
            if name.isalpha() and len(name) > SHORT + 1:
                form = name.removesuffix("s") if name.endswith("s") else name + "s"
                forms[form] = None if form in forms and forms[form] != number else number
        return {form: n for form, n in forms.items() if n is not None and form not in self._folded}

    def __call__(self, reply: str) -> Parsed:
        if reply.strip() in self._exact:
            return Parsed(self._exact[reply.strip()])
        answer = _THOUGHT.sub("", reply).strip()
        if _UNFINISHED.search(answer):
            return Parsed(-1, CUT)
        if not answer:
            return Parsed(-1, EMPTY)
        return self._whole(answer) or self._lines(answer) or self._mentions(answer)

    def _whole(self, text: str) -> Parsed | None:
        """A text that is a label and nothing else but decoration."""
        kept = text.strip().strip(self._strip + " \t\r\n")
        signed = kept[:1].isdigit() and text.partition(kept)[0].endswith(("-", "\u2212", "."))
        bare = self._fold("-" + kept if signed else kept)  # -1 is no 1
        number = self._folded.get(bare, self._plural.get(bare, -1))
        return Parsed(number) if number >= 0 else None

    def _lines(self, answer: str) -> Parsed | None:
        """Lines that are a label as a whole; two different ones are ambiguous."""
        lines = answer.splitlines()
        if len(lines) == 1:
            return None
        found = {parsed.label for line in lines if (parsed := self._whole(line)) is not None}
        if len(found) > 1:
            return Parsed(-1, AMBIGUOUS)
        return Parsed(found.pop()) if found else None

    def _mentions(self, answer: str) -> Parsed:
        text = self._fold(answer)
        for cue in reversed(list(_CUE.finditer(text))):
            given = self._mention.match(text, cue.end())
            if given and not _CHOICE.match(text[given.end() :].lstrip(" ,*_`\"'")):
                return Parsed(self._folded[given[0]])
        start = len(text) - len(text.lstrip(self._strip + " "))
        first = self._mention.match(text, start)
        if first and _EXPLAINS.match(text[first.end() :].lstrip(_CLOSING)):
            return Parsed(self._folded[first[0]])
        return self._counted(text)

    def _counted(self, text: str) -> Parsed:
        """Weigh the mentions: negated ones do not count, two different ones are ambiguous."""
        words = len(text.split())
        affirmed: set[int] = set()
        negated: set[int] = set()
        end = 0
        for mention in self._mention.finditer(text):
            if len(mention[0]) <= SHORT and words > (SHORT if mention[0].isalpha() else FEW):
                continue
            clause = re.split(r"[,;.:\n]|\bbut\b", text[end : mention.start()])[-1]
            chosen_from = bool(negated) and _CHOICE.search(text[end : mention.start()])
            number = self._folded[mention[0]]
            (negated if chosen_from or _NEGATION.search(clause) else affirmed).add(number)
            end = mention.end()
        if len(affirmed) == 1:
            return Parsed(affirmed.pop()) if words <= PROSE else Parsed(-1, UNKNOWN)
        if affirmed:
            return Parsed(-1, AMBIGUOUS)
        if negated:
            return Parsed(-1, NEGATED)
        bare = text.strip(self._strip + " ")
        cut = len(bare) >= CUT_LENGTH and any(name.startswith(bare) for name in self._folded)
        return Parsed(-1, CUT if cut else UNKNOWN)


def _as_written(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip())


def _caseless(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _loose(text: str) -> str:
    return re.sub(r"(?<=\w)[ _\-]+(?=\w)", " ", _caseless(text))


_FOLDS: tuple[Callable[[str], str], ...] = (_loose, _caseless, _as_written)


def _keeps_apart(fold: Callable[[str], str], names: list[tuple[str, int]]) -> bool:
    """Tell whether no two classes' names become the same."""
    seen: dict[str, int] = {}
    return all(fold(name) and seen.setdefault(fold(name), number) == number for name, number in names)


def _bounded(name: str) -> str:
    """Return a pattern for a name as a word of its own: "10" is no 1, "Sportswear" no Sport, "-1.5" no 1."""
    left = r"(?<![\w+\-\u2212])(?<!\d[.,])" if name[0].isdigit() else r"(?<!\w)" if name[0].isalnum() else ""
    right = r"(?![\w%]|[.,]\d)" if name[-1].isdigit() else r"(?![\w+#])" if name[-1].isalnum() else ""
    return f"{left}{re.escape(name)}{right}"
