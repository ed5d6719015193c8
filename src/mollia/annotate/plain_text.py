"""Texts as data: control strings made harmless, long texts cut, token counts estimated."""

from __future__ import annotations

import re
import unicodedata

# What opens or ends a turn in the chat formats of current models.
_CONTROL = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|<\uff5c[^\uff5c<>\n]{1,40}\uff5c>|</?s>|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|"
    r"TOOL_RESULTS)\]|<</?SYS>>|<(?:start_of_turn|end_of_turn|bos|eos|pad|unk|sop|eop)>|\[gMASK\]|"
    r"</?(?:tool_call|tool_response|think|thinking)>",
    re.IGNORECASE,
)
_PIECES = re.compile(r"[^\W\d_]{1,5}|\d{1,3}|[^\w\s]|_|\s{2,}", re.UNICODE)
_WIDE = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")


def neutralise(text: str) -> tuple[str, bool]:
    """Break control strings apart ("< |im_end|>"), and tell whether there were any."""
    harmless, number = _CONTROL.subn(lambda found: f"{found[0][0]} {found[0][1:]}", text)
    return harmless, number > 0


def estimate_tokens(text: str) -> int:
    """Return roughly how many tokens a text has: on the high side for European languages."""
    return len(_PIECES.findall(text)) + len(_WIDE.findall(text))


def cut(text: str, tokens: int) -> tuple[str, bool]:
    """Keep the beginning of a text that is about `tokens` tokens long, and tell whether it was cut."""
    # a letter is two tokens at most
    if 2 * len(text) <= tokens or estimate_tokens(text) <= tokens:
        return text, False
    low, high = 0, len(text)
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        low, high = (middle, high) if estimate_tokens(text[:middle]) <= tokens else (low, middle - 1)
    return text[:low].rstrip() + " \u2026", True


def shown(text: str) -> str:
    """Return a text as prompts show it: one Unicode form, no blanks at its ends, further lines indented.

    Indented, no line of a text can pass for one of the prompt's own ("Class: ...").
    """
    lines = unicodedata.normalize("NFC", text).strip().splitlines()
    return "\n  ".join(lines)
