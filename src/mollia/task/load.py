"""From task.toml to a Task, or to one TaskError that names every fault with its key path."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from mollia.errors import TaskError, did_you_mean
from mollia.invocation import command
from mollia.registry import names
from mollia.settings import PanelMember
from mollia.task.config import Task, member_model
from mollia.task.task_file import TASK

LARGEST = 10_000_000  # bytes of a task file, which has some kilobytes
SECRETS = ("api_key", "apikey", "key", "token", "secret", "password")
PLAIN = {
    "missing": "is missing",
    "string_type": "must be a string: write it in quotes",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "model_type": "must be a table",
    "tuple_type": "must be a list",
    "path_type": "must be a path in quotes",
}


def load_task(path: str | Path) -> Task:
    """Read and check a task file; relative paths are taken from its folder.

    Without `run.out`, results go to `<file's name>_out` beside it.

    Raises
    ------
    TaskError
        When the file is missing, is not TOML (with the line), or has faults: unknown keys, wrong
        types and ranges, unknown names, all reported at once with key path and "did you mean".
    """
    path = Path(path).expanduser()
    path = path / TASK if path.is_dir() else path
    written = _parsed(path)
    if isinstance(run := written.setdefault("run", {}), dict):
        run.setdefault("out", f"{path.stem}_out")
    return task_from(written, folder=path.parent, file=path)


def task_from(written: Mapping[str, object], *, folder: Path, file: Path | None = None) -> Task:
    """Check a task given as nested mappings, read from `file` if from any; see `load_task`.

    Raises
    ------
    TaskError
        With every fault and its key path.
    """
    try:
        return Task.model_validate(written, context={"folder": folder, "file": file})
    except ValidationError as error:
        raise refusal(error, written, file) from None


def with_text_view(task: Task, name: str) -> Task:
    """Return the task with another `fuse.text_view`.

    Raises
    ------
    TaskError
        When no text view has that name, or the task's method hears none.
    """
    written = task.fuse.model_dump() | {"text_view": name}
    try:
        return task.model_copy(update={"fuse": type(task.fuse).model_validate(written)})
    except ValidationError as error:
        said = refusal(error, written)
        raise TaskError(str(said.args[0]).replace("the task:", "--text-view:"), hint=said.hint) from None


def refusal(error: ValidationError, written: Mapping[str, object], file: Path | None = None) -> TaskError:
    """Return what is wrong with a task as one error: every fault with its key path."""
    found = error.errors(include_url=False, include_input=False)
    inside = {each["loc"][:1] for each in found if len(each["loc"]) > 1}
    faults = [
        _fault(details, written)
        for details in found
        if details["type"] != "too_short"
        or details["loc"] not in inside  # items that are faulty do not count
    ]
    source = "the task" if file is None else file
    if len(faults) == 1:
        message, hint = faults[0]
        return TaskError(f"{source}: {message}", hint=hint)
    lines = [f"  {message}" for message, _ in faults]
    hints = dict.fromkeys(hint for _, hint in faults if hint)
    return TaskError(f"{source} has {len(faults)} faults:\n" + "\n".join(lines), hint=" ".join(hints))


def _parsed(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise TaskError(
                f"{path} is no task file: it holds more than {LARGEST:,} bytes.",
                hint="Give the task file; the texts stand in a file that it names under [data].",
            )
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        raise TaskError(f"There is no task file {path}.", hint=_how_to_write(path)) from None
    except OSError as error:
        raise TaskError(
            f"{path} cannot be read: {error.strerror}.", hint="Allow reading it, or name another file."
        ) from None
    except UnicodeDecodeError as error:
        raise TaskError(
            f"{path}: the byte at offset {error.start} is not UTF-8.", hint="Save the task file as UTF-8."
        ) from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _no_toml(path, str(error)) from None
    except (ValueError, RecursionError):
        raise _no_toml(path, "a number is too long, or lists are nested too deeply") from None


def _how_to_write(path: Path) -> str:
    there = path.with_name(TASK)
    if there.exists():
        return f"There is {there}: is that the one?"
    folder = [] if path.parent == Path() else [path.parent]
    return f"This writes {'one' if path == there else there}: {command('init', *folder)}"


def _no_toml(path: Path, said: str) -> TaskError:
    found = re.search(r" \(at line (\d+), column (\d+)\)", said)
    where = f"{path}:{found[1]}" if found else str(path)
    hint = "Texts stand in quotes, tables in [brackets]; see https://toml.io."
    if "\\" in said or "hex" in said.lower():
        hint = "Write Windows paths in single quotes ('C:\\data\\in.csv') or with /."
    return TaskError(f"{where}: not valid TOML: {said[: found.start()] if found else said}.", hint=hint)


def _fault(details: Mapping[str, Any], written: Mapping[str, Any]) -> tuple[str, str]:
    """Return what is wrong at which key, and a hint."""
    where: Sequence[str | int] = details["loc"]
    key, kind, context = _key_path(where), details["type"], details.get("ctx", {})
    if kind == "missing" and where[0] == "panel" and where[2:] == ("kind",):
        return _no_kind(key, where, written)
    if kind == "extra_forbidden":
        return _unknown_key(key, where, written)
    if key.endswith("api_key_env") and kind != "string_type":
        said = f"{key} must be the name of an environment variable"
        return f"{said}.", "Put the key into that variable, not into the task file."
    if kind == "value_error":
        said = f"{key}: {context['error']}" if key else str(context["error"])
    elif kind == "missing" and where[0] == "panel" and len(where) == 3:  # noqa: PLR2004  # a member's key
        said = f'{_key_path(where[:2])}: kind "{written["panel"][where[1]]["kind"]}" needs {where[2]}'
    elif kind == "too_short":
        said = f"{key} is empty: give at least one [[{key}]]"
    elif kind == "literal_error":
        said = f"{key} must be {context['expected']}"
    elif kind in PLAIN:
        said = f"{key} {PLAIN[kind]}"
    else:
        said = f"{key}: {details['msg'][:1].lower()}{details['msg'][1:]}"
    return f"{said.rstrip('.')}.", ""


def _no_kind(key: str, where: Sequence[str | int], written: Mapping[str, Any]) -> tuple[str, str]:
    """Say that a panel member has no kind, or what may stand in its place."""
    meant = [name for name in written["panel"][where[1]] if did_you_mean(name, ["kind"])]
    said = (
        f'{_key_path([*where[:2], meant[0]])} is not a key of a task file. Did you mean "kind"?'
        if meant
        else f"{key} is missing."
    )
    return said, f"Known kinds: {', '.join(names('annotator'))}."


def _key_path(where: Sequence[str | int]) -> str:
    """Return `panel[1].model`; lists are counted from 0 as in the TOML of the file."""
    path = ""
    for step in where:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path


def _unknown_key(key: str, where: Sequence[str | int], written: Mapping[str, Any]) -> tuple[str, str]:
    name = str(where[-1])
    section = _section(where[:-1], written)
    known = list(section.model_fields)
    of = (
        f'a panel member of kind "{written["panel"][where[1]]["kind"]}"'
        if issubclass(section, PanelMember)
        else "a task file"
    )
    said, hint = f"{key} is not a key of {of}.", f"Known keys there: {', '.join(known)}."
    if name.lower() in SECRETS:
        said = f"{key} is not a key of a task file."
        hint = "A key never stands in the task: put it into an environment variable and name that in api_key_env."
        return said, hint
    return f"{said}{did_you_mean(name, known)}", hint


def _section(where: Sequence[str | int], written: Mapping[str, Any]) -> type[BaseModel]:
    """Return the model that a key path leads to."""
    if where[:1] == ("panel",):
        return member_model(written["panel"][where[1]])
    model: type[BaseModel] = Task
    for step in where:
        if isinstance(step, str):
            annotation = model.model_fields[step].annotation
            model = next(part for part in (annotation, *get_args(annotation)) if _is_model(part))
    return model


def _is_model(part: object) -> bool:
    return isinstance(part, type) and issubclass(part, BaseModel)
