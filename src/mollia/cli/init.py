"""`mollia init`: a short task.toml, filled in from the data file and the LLM servers that run on this machine."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mollia.cli.output import current
from mollia.errors import DataError, TaskError
from mollia.invocation import command
from mollia.task.task_file import TASK
from mollia.text_format import UTF_8, TextFormat
from mollia.whole_files import keep_inputs, write_text

if TYPE_CHECKING:
    from mollia.data.table import Table

NO_PANEL = "none"
COLUMNS = ("data.text", "data.id", "data.gold", "seed.label")  # keys that name a column of the data file
EXAMPLES = {
    "Fill in the columns that the data file has": "init --data reviews.csv",
    "Name the classes too, and write to the folder of the data": "init mails --data mails/raw.csv --classes refund,other",
    "Name the LLMs: two that Ollama serves, one of OpenAI": "init --panel ollama:qwen2.5:7b,ollama:gemma3:4b,openai:gpt-4.1-mini",
}


def init(
    folder: Annotated[Path, typer.Argument(help="Where to write task.toml.")] = Path(),
    *,
    data: Annotated[
        Path | None, typer.Option("--data", help="The file with the texts; its columns are filled in.")
    ] = None,
    classes: Annotated[
        str, typer.Option("--classes", help="Class names, separated by commas: refund,delivery,other.")
    ] = "",
    panel: Annotated[
        str | None,
        typer.Option(
            "--panel",
            help="The LLMs, as SERVER:MODEL, separated by commas; SERVER alone: all it serves. Left out: those whose answers "
            "the data file holds, else all that servers on this machine serve; none: a panel to fill in.",
        ),
    ] = None,
    all_keys: Annotated[
        bool, typer.Option("--all-keys", help="Write every key, with a comment on each.")
    ] = False,
    encoding: Annotated[str, typer.Option("--encoding", help="The data file's encoding.")] = "utf-8",
    delimiter: Annotated[
        str | None, typer.Option("--delimiter", help="What separates cells of a CSV file.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a task.toml.")] = False,
) -> None:
    """Write a task.toml; find columns and LLMs.

    Columns are found in the data file, LLMs in it too if it holds their answers, else at the servers that run on this machine.
    """
    from mollia.data.read import read_table  # noqa: PLC0415  # keeps `mollia --help` fast
    from mollia.task.load import task_from  # noqa: PLC0415  # the same
    from mollia.task.template import filled  # noqa: PLC0415  # the same
    from mollia.usecases.found_answers import found_answers  # noqa: PLC0415  # the same

    if folder.is_file():
        raise TaskError(
            f"{folder} is a file; expected the folder to write {TASK} to.",
            hint=f"For a task about it: {command('init', '--data', folder)}",
        )
    path = folder / TASK
    if path.exists() and not force:
        raise TaskError(f"{path} exists.", hint="Edit it, or overwrite it with --force.")
    keep_inputs(path, [data], hint="Write the task to another folder.")
    names = _names(classes)
    values: dict[str, str | int] = {}
    if named := Path(os.path.realpath(folder)).name:
        values["name"] = named
    notes: list[str] = []
    members: list[Mapping[str, str]] = []
    if data is not None:
        text_format = TextFormat(encoding=encoding, delimiter=delimiter)
        table = read_table(data, text_format=text_format)
        found, found_names = _from_data(table, data, folder, text_format, notes)
        values |= found
        names = names or found_names
        if panel is None:
            columns = {key.partition(".")[2]: str(found[key]) for key in COLUMNS if key in found}
            members = found_answers(
                table, data, folder, classes=names, columns=columns, text_format=text_format, say=notes.append
            )
    out = current()
    if not members:
        with out.busy("looking for LLMs"):
            members = _members(panel, folder, notes)
    text = filled(values, names, members, all_keys=all_keys)
    task_from(tomllib.loads(text), folder=folder, file=path)
    write_text(path, text)
    steps = _next_steps(path, values, data=data is not None, classes=bool(names), panel=bool(members))
    out.give(file=path, values=values, classes=names, panel=members, remarks=notes)
    out.say(*notes, f"Wrote {path}.", "Next:", *(f"  {i}. {_step(*step)}" for i, step in enumerate(steps, 1)))
    out.next(*steps, say=False)


def _names(classes: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in classes.split(",") if name.strip())
    if len(names) == 1 or len({name.casefold() for name in names}) < len(names):
        raise TaskError(
            f"--classes {classes}: at least two different names are needed.",
            hint="Separate them by commas: --classes refund,delivery,other",
        )
    return names


def _from_data(
    table: Table, data: Path, folder: Path, text_format: TextFormat, notes: list[str]
) -> tuple[Mapping[str, str | int], tuple[str, ...]]:
    """Return values for the task and class names, as the data file's columns suggest."""
    from mollia.data.guess import guess_columns  # noqa: PLC0415  # as above
    from mollia.settings import seen_from_folder  # noqa: PLC0415  # as above

    notes.extend(table.notes)
    guess = guess_columns(table)
    if guess.text is None:
        raise DataError(f"{data} has no column that could hold texts.", hint="Expected a column called text.")
    values: dict[str, str | int] = {"data.path": seen_from_folder(data, folder), "data.text": guess.text}
    if guess.id is not None or table.find("id") is not None:
        values["data.id"] = guess.id or ""
    if text_format.encoding != UTF_8.encoding:
        values["data.encoding"] = text_format.encoding
    if table.delimiter not in {None, ",", "\t"} and table.delimiter is not None:
        values["data.delimiter"] = table.delimiter
    notes.append(
        f'{data}: {len(table)} rows; texts in column "{guess.text}", '
        + (f'ids in "{guess.id}".' if guess.id else "row numbers as ids.")
    )
    if guess.label is None:
        return values, ()
    if guess.labelled == len(table):
        values |= {"data.gold": guess.label, "seed.draw": min(50, len(table))}
        notes.append(
            f'Column "{guess.label}" labels every row: taken as gold, to draw the seed from and to score '
            "against. Delete data.gold and seed.draw if it is not the truth."
        )
    elif guess.id is not None:
        values |= {"seed.path": values["data.path"], "seed.id": guess.id, "seed.label": guess.label}
        notes.append(f'Column "{guess.label}" labels {guess.labelled} rows: taken as the seed.')
    return values, guess.classes


def _members(panel: str | None, folder: Path, notes: list[str]) -> list[Mapping[str, str]]:
    """Return the panel's members: those named, else those that servers on this machine serve."""
    from mollia.annotate.find_servers import find_servers  # noqa: PLC0415  # as above
    from mollia.usecases.new_panel import found_panel, named_panel, nothing_found  # noqa: PLC0415  # as above

    if panel == NO_PANEL:
        return []
    if panel is not None:
        return named_panel(panel, folder=folder, say=notes.append)
    found = find_servers()
    if not found:
        notes.append(nothing_found())
    return found_panel(found, say=notes.append)


def _next_steps(
    path: Path, values: Mapping[str, str | int], *, data: bool, classes: bool, panel: bool
) -> list[tuple[str, str]]:
    """Return what to do now, and the command that does it, "" where a person does."""
    todo = [
        what
        for what, known in (("the data file", data), ("the classes", classes), ("the LLMs (panel)", panel))
        if not known
    ]
    steps = [
        (
            f"{path.name}: fill in {', '.join(todo)}"
            if todo
            else f"{path.name}: describe the classes in a line each",
            "",
        ),
        ("see whether every LLM answers", command("doctor", path)),
    ]
    if not {"seed.path", "seed.draw"} & set(values):
        steps.append(("label some fifty rows, in the browser", command("serve", path)))
    return [*steps, ("label all of them", command("run", path))]


def _step(what: str, line: str) -> str:
    return f"{what}: {line}" if line else what
