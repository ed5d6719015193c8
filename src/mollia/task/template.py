"""A commented task.toml, filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files

from mollia.registry import Kind, added

LISTED: Mapping[tuple[str, str], Kind] = {
    ("panel", "kind"): "annotator",
    ("fuse", "method"): "fuser",
    ("student", "kind"): "student",
    ("student", "encoder"): "encoder",
    ("query", "strategy"): "query",
}
COMMENT_AT = 38  # the template's comments stand in this column
_KEY = re.compile(r"^(?:# )?(?P<key>\w+) = (?P<value>[^#]*?)(?P<comment> *#.*)?$")
_HEADER = re.compile(r"^\[+(?P<section>\w+)\]+")


def template() -> str:
    """Return the template, a valid task file with a comment on each key; names that packages add stand there too."""
    lines = files("mollia.task").joinpath("template.toml").read_text("utf-8").splitlines()
    section = ""
    for number, line in enumerate(lines):
        if header := _HEADER.match(line):
            section = header["section"]
        elif (found := _KEY.match(line)) and (kind := LISTED.get((section, found["key"]))):
            lines[number] = "".join([line, *(f" | {name}" for name in added(kind))])
    return "\n".join(lines) + "\n"


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
