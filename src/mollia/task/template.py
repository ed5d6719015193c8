"""A commented task.toml, filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
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
# What a task cannot do without, and what is most often changed.
NEEDED = {"name", "instruction", "guidelines", "data.path", "data.text"}
NEEDED_SECTIONS, BUT_FOR = {"classes", "panel"}, {"classes.aliases", "panel.samples"}
SHORT_TOP = (
    "# A mollia task. Paths are taken from this file's folder; on Windows write them with / or in 'single quotes'.",
    "# All other keys have defaults: docs/task-file.md lists them, the option --all-keys of init writes them out.",
    "",
)
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


def filled(
    values: Mapping[str, str | int],
    classes: Sequence[str] = (),
    members: Sequence[Mapping[str, str]] = (),
    *,
    all_keys: bool = True,
) -> str:
    """Return the template with values by key path (`data.text`), and blocks for `classes` and the panel's `members`.

    `members` hold their values as TOML writes them. Without `all_keys` only keys that a task cannot do without
    are written, and those with a value.

    Raises
    ------
    KeyError
        When the template has no such key.
    """
    left = dict(values)
    lines, section = [], ""
    for line in _with_panel(_with_classes(template(), classes), members).splitlines():
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
    return "\n".join(lines if all_keys else _short(lines, set(values))) + "\n"


def _short(lines: Sequence[str], given: AbstractSet[str]) -> list[str]:
    """Return the lines without keys that a task can do without, and without sections that then are empty."""
    kept, section, opened = list(SHORT_TOP), "", False
    for line in lines:
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            section, opened = header["section"], False
            if section in NEEDED_SECTIONS:
                opened = True
                kept += ["", line] if section != _section_of(kept) else [line]
        elif key and not line.startswith("#"):
            path = f"{section}.{key['key']}" if section else key["key"]
            needed = path in NEEDED or (section in NEEDED_SECTIONS and path not in BUT_FOR)
            if needed or path in given:
                if section and not opened:
                    opened = True
                    kept += ["", f"[{section}]"]
                kept.append(line)
    return kept


def _section_of(lines: Sequence[str]) -> str:
    """Return the section that the last header of some lines opens."""
    return next((found["section"] for line in reversed(lines) if (found := _HEADER.match(line))), "")


def _with_classes(text: str, classes: Sequence[str]) -> str:
    if not classes:
        return text
    blocks = [f'[[classes]]\nname = {toml_value(name)}\ndescription = ""' for name in classes]
    blocks[0] += "                      # one line that tells it from the others\n"
    blocks[0] += "aliases = []                          # further spellings that count as this class"
    return _between(text, "[[classes]]", "[seed]", blocks)


def _with_panel(text: str, members: Sequence[Mapping[str, str]]) -> str:
    """Put the members in place of the template's; its commented keys stay below the last one."""
    if not members:
        return text
    blocks = [
        "[[panel]]\n" + "\n".join(f"{key} = {value}" for key, value in each.items()) for each in members
    ]
    start, end = text.index("\n[[panel]]") + 1, text.index("\n[examples]") + 1
    further = [line for line in text[start:end].splitlines() if line.startswith("# ")]
    return _between(text, "[[panel]]", "[examples]", [*blocks, *further])


def _between(text: str, first: str, after: str, blocks: Sequence[str]) -> str:
    start, end = text.index(f"\n{first}") + 1, text.index(f"\n{after}") + 1
    return text[:start] + "\n".join(blocks) + "\n\n" + text[end:]


def toml_value(value: str | int) -> str:
    """Return a string or whole number as TOML writes it."""
    # JSON's escapes are TOML's, but for DEL
    return (
        str(value)
        if isinstance(value, int)
        else json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    )
