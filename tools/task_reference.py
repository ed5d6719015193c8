"""Writes docs/task-file.md from the models of a task file: `make reference`, or with a path to write it elsewhere."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mollia.registry import BUILT_IN, find
from mollia.settings import PanelMember
from mollia.task.config import Task

# Keys whose values are names in the registry, with what else they take.
NAMES = {
    ("Fuse", "method"): ("fuser", ()),
    ("Fuse", "text_view"): ("student", ("auto", "tfidf")),
    ("StudentSpec", "kind"): ("student", ("frozen+finetune",)),
    ("StudentSpec", "encoder"): ("encoder", ()),
    ("Query", "strategy"): ("query", ()),
    ("PanelMember", "kind"): ("annotator", ()),
}
PAGE = Path(__file__).parents[1] / "docs" / "task-file.md"
HEAD = """# The task file

Every key that `task.toml` may hold, written by `make reference` from the models that check it. `mollia init` writes a
short task file, `mollia init --all-keys` one with a comment on each key. Relative paths count from the task file's folder. Unknown keys are refused, and all faults of a
file are reported at once.
"""


def page() -> str:
    """Return the page."""
    parts = [
        HEAD,
        "## At the top",
        _table(Task, [key for key in Task.model_fields if _section(Task, key) is None]),
    ]
    for key, field in Task.model_fields.items():
        section = _section(Task, key)
        if section is None:
            continue
        listed = "tuple" in str(field.annotation)
        title = f"[[{key}]]" if listed else f"[{key}]"
        parts += [f"## `{title}`", _about(section), _table(section, list(section.model_fields))]
        if section is PanelMember:
            parts += [part for kind in BUILT_IN["annotator"] for part in _kind(kind)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _kind(kind: str) -> list[str]:
    model: type[BaseModel] = find("annotator", kind)
    own = [key for key in model.model_fields if key not in PanelMember.model_fields]
    return [f'### `kind = "{kind}"`', f"{_about(model)} Beside the keys above:", _table(model, own)]


def _section(model: type[BaseModel], key: str) -> type[BaseModel] | None:
    """Return the model of a table of the task file; None for a plain value."""
    waiting: list[Any] = [model.model_fields[key].annotation]
    while waiting:
        part = waiting.pop()
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
        waiting += get_args(part)
    return None


def _about(model: type[BaseModel]) -> str:
    """Return the first sentence of a model's docstring, without the table's name before the colon."""
    said = " ".join((model.__doc__ or "").split("\n\n")[0].split())
    said = said.partition(": ")[2] if said.startswith("`[") else said
    return said[:1].upper() + said[1:]


def _table(model: type[BaseModel], keys: list[str]) -> str:
    described = model.model_json_schema() if model is not Task else {"properties": {}}
    lines = ["| key | values | default | meaning |", "| --- | --- | --- | --- |"]
    for key in keys:
        field = model.model_fields[key]
        if not field.description:
            raise SystemExit(f"{model.__name__}.{key} has no text below it that says what it is.")
        values = _values(described["properties"].get(key, {"type": "string"}))
        if (model.__name__, key) in NAMES:
            group, further = NAMES[model.__name__, key]
            values = ", ".join(f'`"{name}"`' for name in (*further, *BUILT_IN[group]))
        meaning = " ".join(field.description.split()).replace("|", "\\|")
        lines.append(f"| `{key}` | {values} | {_default(field)} | {meaning} |")
    return "\n".join(lines)


def _values(schema: dict[str, Any]) -> str:
    """Return in words what a JSON schema allows."""
    options = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    return " or ".join(_one(option) for option in options)


def _one(schema: dict[str, Any]) -> str:
    if "enum" in schema or "const" in schema:
        return ", ".join(f'`"{name}"`' for name in schema.get("enum", [schema.get("const")]))
    kind = {
        "string": "path" if schema.get("format") == "path" else "text",
        "integer": "whole number",
        "number": "number",
        "boolean": "`true`, `false`",
        "array": "list",
        "object": "table",
    }[schema["type"]]
    low, high = schema.get("minimum"), schema.get("maximum")
    above = schema.get("exclusiveMinimum")
    lower = f"above {above:g}" if above is not None else f"from {low:g}" if low is not None else ""
    upper = f"to {high:g}" if high is not None else ""
    return " ".join(part for part in (kind, lower, upper) if part)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**needed**"
    value = field.default
    if value is None:
        return ""
    return f"`{json.dumps(list(value) if isinstance(value, tuple) else str(value) if isinstance(value, Path) else value)}`"


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else PAGE).write_text(page(), "utf-8")
