"""Settings as TOML, so that they can be copied out of the report into a task file."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping

BARE = re.compile(r"[A-Za-z0-9_-]+")


def _key(name: object) -> str:
    text = str(name)
    return text if BARE.fullmatch(text) else _string(text)


def _string(text: str) -> str:
    # a JSON string is a TOML basic string, but for DEL, which TOML wants escaped
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None)
        return "{" + inside + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(v) for v in value if v is not None) + "]"
    return _string(str(value))


def _tables(value: object) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(v, Mapping) for v in value)


def toml_text(settings: Mapping[str, object]) -> str:
    """Return nested mappings, lists and scalars as TOML; None is left out, other values become strings."""
    return "\n".join(_lines(settings, ())).strip() + "\n" if settings else ""


def _lines(table: Mapping[str, object], path: tuple[str, ...]) -> list[str]:
    simple, below = [], []
    for name, value in table.items():
        here = (*path, _key(name))
        if value is None:
            continue
        if isinstance(value, Mapping):
            below += ["", f"[{'.'.join(here)}]", *_lines(value, here)]
        elif _tables(value):
            for entry in value:  # type: ignore[attr-defined]  # _tables says that it is a list
                below += ["", f"[[{'.'.join(here)}]]", *_lines(entry, here)]
        else:
            simple.append(f"{here[-1]} = {_value(value)}")
    return simple + below
