"""A reply without what is not its answer: thoughts, markup, fences, and what follows the end of the turn."""

from __future__ import annotations

import re

_NAMES = "think|thinking|thought|thoughts|reasoning|reflection|scratchpad|analysis|seed:think"
_MARK = re.compile(
    rf"<(?P<close1>/?)(?:{_NAMES})>|\[(?P<close2>/?)(?:{_NAMES})\]|\u25c1(?P<close3>/?)think\u25b7"
    r"|<\|(?P<way>begin_of_thought|end_of_thought|START_THINKING|END_THINKING|START_THOUGHT|END_THOUGHT)\|>"
    r"|<unused9(?P<gemma>[45])>",
    re.IGNORECASE,
)
# gpt-oss writes into channels; some servers drop the signs and leave the words run together
_FINAL = re.compile(
    r"<\|channel\|>\s*final\s*(?:<\|[^|<>\n]{1,40}\|>[^<\n]{0,40})?<\|message\|>|assistantfinal"
)
_CHANNEL = re.compile(r"<\|channel\|>\s*(?:analysis|commentary)|^analysis(?=[A-Z])", re.IGNORECASE)
_TURN_STARTS = re.compile(
    r"(?:\s*(?:<\|[^|<>\n]{1,40}\|>(?:assistant|model)?|<s>|<bos>|<start_of_turn>(?:model|assistant)?))+"
)
_TURN_ENDS = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|</s>|<(?:end|start)_of_turn>|<eos>|<\uff5c[^\uff5c<>\n]{1,40}\uff5c>|\[/?INST\]"
    r"|\n[ \t]*(?:Text|User|Human|Question): "
)


def without_thoughts(reply: str) -> str | None:
    """Return what a reply says after its thoughts, None where it ends before they do.

    Thoughts may be marked in several ways, and only closed: chat templates open them for the model. One pass.
    """
    final = 0
    for found in _FINAL.finditer(reply):
        final = found.end()
    if not final and _CHANNEL.search(reply):
        return None
    rest = reply[final:]
    said: list[str] = []
    at, inside = 0, False
    for mark in _MARK.finditer(rest):
        if not _closes(mark):
            if not inside:
                said.append(rest[at : mark.start()])
            inside = True
        elif inside:
            inside = False
        else:  # never opened: all before was a thought
            said = []
        at = mark.end()
    if inside:
        return None
    return _of_one_turn("".join([*said, rest[at:]]))


def _closes(mark: re.Match[str]) -> bool:
    way = (mark["way"] or "").upper()
    slash = mark["close1"] or mark["close2"] or mark["close3"]
    return bool(slash) or way.startswith("END") or mark["gemma"] == "5"


def _of_one_turn(text: str) -> str:
    """Cut a text where the model goes on with another turn, or with a text of its own making."""
    start = _TURN_STARTS.match(text)
    own = text[start.end() if start else 0 :].lstrip()
    end = _TURN_ENDS.search(own)
    return own[: end.start()] if end else own
