"""A commented task.toml, filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files

COMMENT_AT = 38  # the template's comments stand in this column
_KEY = re.compile(r"^(?:# )?(?P<key>\w+) = (?P<value>[^#]*?)(?P<comment> *#.*)?$")
_HEADER = re.compile(r"^\[+(?P<section>\w+)\]+")


def template() -> str:
    """Return the template, a valid task file with a comment on each key."""
    return files("mollia.task").joinpath("template.toml").read_text("utf-8")


def filled(values: Mapping[str, str | int], classes: Sequence[str] = ()) -> str:
    """Return the template with values by key path (`data.text`), and blocks for `classes`.

    Raises
    ------
    KeyError
        When the template has no such key.
    """
    left = dict(values)
    lines, section = [], ""
    for line in _with_classes(classes).splitlines():
        if header := _HEADER.match(line):
            section = header["section"] + "."
        found = _KEY.match(line)
        path = section + found["key"] if found else ""
        if found is not None and path in left:
            said = f"{found['key']} = {toml_value(left.pop(path))}"
            comment = (found["comment"] or "").strip()
            lines.append(f"{said:<{COMMENT_AT - 1}} {comment}".rstrip())
        else:
            lines.append(line)
    if left:
        raise KeyError(f"not in the template: {', '.join(left)}")
    return "\n".join(lines) + "\n"


def _with_classes(classes: Sequence[str]) -> str:
    text = template()
    if not classes:
        return text
    start, end = text.index("\n[[classes]]") + 1, text.index("\n[seed]") + 1
    blocks = [f'[[classes]]\nname = {toml_value(name)}\ndescription = ""' for name in classes]
    blocks[0] += "                      # one line that tells it from the others\n"
    blocks[0] += "aliases = []                          # further spellings that count as this class"
    return text[:start] + "\n".join(blocks) + "\n\n" + text[end:]


def toml_value(value: str | int) -> str:
    """Return a string or whole number as TOML writes it."""
    # JSON's escapes are TOML's, but for DEL
    return (
        str(value)
        if isinstance(value, int)
        else json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    )
