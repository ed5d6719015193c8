"""Replies that are JSON, or mark the label up: which of their fields hold it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MOST_VALUES = 20  # objects looked for in one reply
DEEPEST = 6
# Fields that hold a label; the first group that an object has counts.
_WAYS = ["final", "primary", "selected", "best", "main", "chosen", "predicted", "assigned", "correct", "top"]
_FIELDS: tuple[frozenset[str], ...] = (
    frozenset(
        way + what
        for way in _WAYS
        for what in ("", "label", "class", "category", "answer", "choice", "intent", "topic")
    ),
    frozenset(
        [
            "label",
            "labels",
            "class",
            "classes",
            "category",
            "categories",
            "classification",
            "classifications",
            "answer",
            "prediction",
            "predictions",
            "result",
            "results",
            "output",
            "choice",
            "decision",
            "verdict",
            "intent",
            "sentiment",
            "topic",
            "tag",
            "classname",
            "labelname",
            "categoryname",
            "classlabel",
            "textclass",
            "antwort",
            "klasse",
            "kategorie",
            "etiqueta",
            "categoria",
            "respuesta",
            "resposta",
            "categorie",
            "reponse",
            "标签",
            "类别",
            "答案",
            "分类",
        ]
    ),
    frozenset(
        [
            "response",
            "content",
            "text",
            "value",
            "name",
            "type",
            "arguments",
            "parameters",
            "input",
            "properties",
            "data",
            "function",
        ]
    ),
)
_OTHERS = re.compile(
    r"alternat|second|runner|other|unlikely|least|reject|not|exclu|wrong|incorrect|backup|fallback|rival|possib|candidate"
)
_FENCE = re.compile(r"```[\w-]*")
_PAIR = re.compile(
    r"""["'](?P<key>\w[\w \-]{0,40})["']\s*[:=]\s*(?:"(?P<two>(?:[^"\\]|\\.){0,400})"|'(?P<one>[^'\n]{0,400})')\s*(?=[,}\]\n]|$)"""
)
_BARE_PAIR = re.compile(
    r"""(?:[{,]\s*|\n\s*)(?P<key>[A-Za-z_]\w{0,40})\s*[:=]\s*(?P<value>[^,{}\[\]"'\n]{1,200}?)\s*(?=[,}\n])"""
)
_TAG = re.compile(r"<(?P<tag>[A-Za-z_]\w{0,30})>(?P<text>[^<>]{0,400})</(?P=tag)>")
_BOXED = re.compile(r"\\boxed\{(?:\\text(?:bf|rm)?\{)?(?P<text>[^{}]{0,400})\}")


def unfenced(text: str) -> str:
    """Return a text without the fences of code blocks."""
    return _FENCE.sub("", text) if "```" in text else text


def looks_structured(text: str) -> bool:
    """Tell whether a text is meant as JSON as a whole, complete or cut."""
    return text.lstrip().startswith(("{", "[{", '["', "['", "[\n"))


def marked_up(text: str) -> list[str]:
    r"""Return what stands between `<label>` and its end, or in `\boxed{}`."""
    boxed = [found["text"] for found in _BOXED.finditer(text)]
    tagged = [(_plain(found["tag"]), found["text"]) for found in _TAG.finditer(text)]
    for group in _FIELDS[:2]:
        if inside := [said for tag, said in tagged if tag in group]:
            return inside
    return boxed


def values(text: str) -> list[Any]:
    """Return the JSON objects and arrays in a text; what lies inside one is not looked for again."""
    out: list[Any] = []
    at, decoder = 0, json.JSONDecoder()
    for _ in range(MOST_VALUES):
        starts = [place for sign in "{[" if (place := text.find(sign, at)) >= 0]
        if not starts:
            break
        try:
            value, at = decoder.raw_decode(text, min(starts))
        except (ValueError, RecursionError):
            at = min(starts) + 1
        else:
            out.append(value)
    return out


def pairs(text: str) -> dict[str, str]:
    """Return the complete fields of an object that is cut, or written with single quotes."""
    quoted = {found["key"]: found["two"] or found["one"] or "" for found in _PAIR.finditer(text)}
    return quoted or {found["key"]: found["value"] for found in _BARE_PAIR.finditer(text)}


def labels_in(value: Any, *, depth: int = 0) -> Iterator[Any]:  # noqa: ANN401  # any JSON value
    """Yield the values of the fields that hold a label: texts, numbers, or scores by name."""
    if depth > DEEPEST:
        return
    if isinstance(value, Mapping):
        named = {_plain(key): each for key, each in value.items()}
        for group in _FIELDS:
            if found := [each for key, each in named.items() if key in group]:
                for each in found:
                    yield from labels_in(each, depth=depth + 1)
                return
        if _scores(value):
            yield value
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in value[:MOST_VALUES]:
            yield from labels_in(each, depth=depth + 1)
    elif value is not None:
        yield str(value)


def best_scored(scores: Mapping[str, Any]) -> str | None:
    """Return the name that alone is true, or has the largest of shares that sum to about 1 (or 100)."""
    try:
        numbers = {name: float(value) for name, value in scores.items()}
    except OverflowError:
        return None
    total, top = sum(numbers.values()), max(numbers.values())
    named = [name for name, value in numbers.items() if value == top]
    shares = all(value >= 0 for value in numbers.values()) and (0.9 <= total <= 1.1 or 90 <= total <= 110)  # noqa: PLR2004  # rounded
    return named[0] if len(named) == 1 and shares else None


def is_alternative(key: str) -> bool:
    """Tell whether a field's name says that what it holds is not the answer."""
    return _OTHERS.search(_plain(key)) is not None


def _scores(value: Mapping[str, Any]) -> bool:
    return bool(value) and all(isinstance(each, bool | int | float) for each in value.values())


def _plain(key: str) -> str:
    return re.sub(r"[\W_]+", "", key).casefold()
