"""The one reader of what servers reply: texts and log-probabilities, checked; whatever is damaged fails by name."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mollia.annotate.failures import FILTERED_TEXT, RowFailed
from mollia.annotate.label_probs import Position
from mollia.annotate.retry import Json
from mollia.annotate.tokens import DECODED, token_form, token_text

NO_ANSWER = "no answer in the reply"
TOKENS_USED_UP = "no answer before the token limit"
DAMAGED = "damaged log-probabilities"
EMPTY_REPLY = "empty reply"
ROUNDED = 0.01  # a log-probability up to this above 0 was rounded
FULL = 1.05  # mass of one position that rounding explains
MOST_POSITIONS = 16
MOST_LISTED = 100_000  # alternatives of one position: a whole vocabulary
LONGEST_TEXT = 500_000  # letters of one reply that are kept
_THINKING = ("thinking", "reasoning", "redacted_thinking", "thought", "reasoning_content")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One reply: its text, why it has none, and the first positions' log-probabilities where there are any.

    `damaged` says what is wrong with the log-probabilities, which then are None.
    """

    text: str
    silent: str = ""
    positions: tuple[Position, ...] | None = None
    damaged: str = ""


def said(reply: Json) -> list[Said]:
    """Return the replies of a completion.

    Raises
    ------
    RowFailed
        When there are none.
    """
    return [_said(choice) for choice in choices(reply)]


def choices(reply: Json) -> list[Json]:
    """Return the choices of a reply.

    Raises
    ------
    RowFailed
        When there are none.
    """
    found = reply.get("choices")
    if not isinstance(found, list) or not found or not all(isinstance(choice, dict) for choice in found):
        raise RowFailed(NO_ANSWER, "the field choices is missing, empty or no list of objects")
    return found


def only(reply: Json) -> Said:
    """Return the first reply, which must say something.

    Raises
    ------
    RowFailed
        When it says nothing, with the reason.
    """
    first = said(reply)[0]
    if not first.text.strip() and first.positions is None:
        raise RowFailed(first.silent or EMPTY_REPLY)
    return first


def _said(choice: Json) -> Said:
    text = text_of(choice)
    silent = "" if text.strip() else _why_silent(choice)
    try:
        return Said(text=text, silent=silent, positions=positions_of(choice))
    except _Damaged as error:
        return Said(text=text, silent=silent, damaged=str(error))


def text_of(choice: Json) -> str:
    """Return a choice's text, "" where the model said nothing."""
    message = choice.get("message")
    if isinstance(message, Mapping):
        text = _joined(message.get("content"))
        return (text or _joined(message.get("refusal")) or _called(message))[:LONGEST_TEXT]
    return (_joined(message) or _joined(choice.get("text")))[:LONGEST_TEXT]


def _joined(content: object) -> str:
    """Return content as text: a text, or a list of parts of which thoughts are left out."""
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        if content.get("type") in _THINKING:
            return ""
        return next(
            (
                _joined(content[name])
                for name in ("text", "content", "value")
                if isinstance(content.get(name), str)
            ),
            "",
        )
    if isinstance(content, list):
        return "".join(_joined(part) for part in content if isinstance(part, str | Mapping))
    return ""


def _called(message: Mapping[str, Any]) -> str:
    """Return the arguments of a function that the model called instead of answering."""
    calls = message.get("tool_calls")
    first = calls[0] if isinstance(calls, list) and calls else message
    function = (
        first.get("function" if first is not message else "function_call")
        if isinstance(first, Mapping)
        else None
    )
    arguments = function.get("arguments") if isinstance(function, Mapping) else None
    return arguments if isinstance(arguments, str) else ""


def _why_silent(choice: Json) -> str:
    given = choice.get("finish_reason")
    reason = given.lower() if isinstance(given, str) else ""
    message = choice.get("message")
    thought = isinstance(message, Mapping) and any(message.get(name) for name in _THINKING)
    if "filter" in reason or "safety" in reason:
        return FILTERED_TEXT
    if reason in {"length", "max_tokens"} or thought:
        return TOKENS_USED_UP
    return EMPTY_REPLY


# --- log-probabilities


class _Damaged(Exception):
    """Log-probabilities that are none."""


def positions_of(choice: Json) -> tuple[Position, ...] | None:
    """Return the first positions' log-probabilities, None where the server gave none.

    Two shapes are met: chat (`content`, a list with `top_logprobs`) and the older
    completions (`tokens` and `top_logprobs`, lists side by side).

    Raises
    ------
    _Damaged
        When a value is no log-probability, or the shape is another.
    """
    given = choice.get("logprobs")
    if not isinstance(given, Mapping):
        return None
    if given.get("content") is not None:
        entries = _list(given["content"], "content")[:MOST_POSITIONS]
        listed = [(_token(entry), _pairs(_object(entry).get("top_logprobs"))) for entry in entries]
    elif given.get("tokens") is None or given.get("top_logprobs") is None:
        return None
    else:
        tokens, tops = _list(given["tokens"], "tokens"), _list(given["top_logprobs"], "top_logprobs")
        listed = [
            (_text(token), _pairs(top)) for token, top in zip(tokens[:MOST_POSITIONS], tops, strict=False)
        ]
    if not listed or not any(top for _, top in listed):
        return None
    form = next((f for _, top in listed if (f := token_form([t for t, _ in top])) != DECODED), DECODED)
    return tuple(Position(token_text(token, form), _by_text(top, form)) for token, top in listed)


def log_probability(value: object) -> float:
    """Return a log-probability: a number up to 0, -inf allowed.

    Raises
    ------
    _Damaged
        When it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Damaged(f"{_kind(value)} where a log-probability belongs")
    try:
        number = float(value)
    except OverflowError:
        raise _Damaged("a number of hundreds of digits") from None
    if math.isnan(number) or number > ROUNDED:
        raise _Damaged(f"{number:g} where a log-probability belongs")
    return min(number, 0.0)


def _pairs(top: object) -> list[tuple[str, float]]:
    """Return tokens and log-probabilities; alternatives without one (null) are left out."""
    if top is None:
        return []
    if isinstance(top, Mapping):
        named = list(top.items())[:MOST_LISTED]
    else:
        entries = [_object(entry) for entry in _list(top, "top_logprobs")[:MOST_LISTED]]
        named = [(_token(entry), entry.get("logprob")) for entry in entries]
    pairs = [(_text(token), log_probability(value)) for token, value in named if value is not None]
    _check_mass(value for _, value in pairs)
    return pairs


def _by_text(top: Sequence[tuple[str, float]], form: str) -> dict[str, float]:
    """Return log-probabilities by text; different tokens of one text keep the likeliest."""
    out: dict[str, float] = {}
    for token, logprob in top:
        text = token_text(token, form)
        out[text] = max(logprob, out.get(text, logprob))
    return out


def token_logprobs(entries: object) -> dict[int, float]:
    """Return log-probabilities by token number, as llama.cpp lists them.

    Raises
    ------
    RowFailed
        When an entry is none.
    """
    found = {}
    try:
        for entry in _list(entries, "top_logprobs"):
            number = _whole(_object(entry).get("id"), "a token's number")
            if entry.get("logprob") is not None:
                found[number] = log_probability(entry["logprob"])
        _check_mass(found.values())
    except _Damaged as error:
        raise RowFailed(DAMAGED, str(error)) from None
    return found


def echoed(choice: Json, start: int, end: int) -> float | None:
    """Return the log-probability of the tokens whose text lies between two offsets, None where none is given.

    Raises
    ------
    RowFailed
        When what is given is no log-probability.
    """
    given = choice.get("logprobs")
    if not isinstance(given, Mapping):
        return None
    offsets, logprobs = given.get("text_offset"), given.get("token_logprobs")
    if not isinstance(offsets, list) or not isinstance(logprobs, list) or not offsets or offsets[0] != 0:
        return None
    try:
        inside = [
            log_probability(value)
            for offset, value in zip(offsets, logprobs, strict=False)
            if start <= _whole(offset, "an offset") < end and value is not None
        ]
    except _Damaged as error:
        raise RowFailed(DAMAGED, str(error)) from None
    return float(sum(inside)) if inside else None


def _check_mass(logprobs: Iterable[float]) -> None:
    if (total := sum(map(math.exp, logprobs))) > FULL:
        raise _Damaged(f"probabilities that sum to {total:.3g}")


def _whole(value: object, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Damaged(f"{_kind(value)} where {what} belongs")
    return value


def _list(value: object, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise _Damaged(f"{_kind(value)} where the list {name} belongs")
    return value


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _Damaged(f"{_kind(value)} where a token's object belongs")
    return value


def _token(entry: object) -> str:
    return _text(_object(entry).get("token"))


def _text(token: object) -> str:
    if not isinstance(token, str):
        raise _Damaged(f"{_kind(token)} where a token's text belongs")
    return token


def _kind(value: object) -> str:
    names = {type(None): "null", bool: "a truth value", str: "a text", list: "a list", dict: "an object"}
    return names.get(type(value), "a number")
