"""`mollia init`: a commented task.toml, filled in from the data file."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from mollia.errors import DataError, TaskError
from mollia.invocation import command
from mollia.task.task_file import TASK
from mollia.text_format import UTF_8, TextFormat
from mollia.whole_files import keep_inputs, write_text

EXAMPLES = {
    "Fill in the columns that the data file has": "init --data reviews.csv",
    "Name the classes too, and write to the folder of the data": "init mails --data mails/raw.csv --classes refund,other",
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
    encoding: Annotated[str, typer.Option("--encoding", help="The data file's encoding.")] = "utf-8",
    delimiter: Annotated[
        str | None, typer.Option("--delimiter", help="What separates cells of a CSV file.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a task.toml.")] = False,
) -> None:
    """Write a task.toml with a comment on each key."""
    from mollia.task.load import task_from  # noqa: PLC0415  # keeps `mollia --help` fast
    from mollia.task.template import filled  # noqa: PLC0415  # the same

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
    if data is not None:
        found, found_names = _from_data(
            data, folder, TextFormat(encoding=encoding, delimiter=delimiter), notes
        )
        values |= found
        names = names or found_names
    text = filled(values, names)
    task_from(tomllib.loads(text), folder=folder, file=path)
    write_text(path, text)
    for line in notes:
        typer.echo(line)
    typer.echo(f"Wrote {path}.")
    typer.echo(_next_step(path, data, values, names))


def _names(classes: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in classes.split(",") if name.strip())
    if len(names) == 1 or len({name.casefold() for name in names}) < len(names):
        raise TaskError(
            f"--classes {classes}: at least two different names are needed.",
            hint="Separate them by commas: --classes refund,delivery,other",
        )
    return names


def _from_data(
    data: Path, folder: Path, text_format: TextFormat, notes: list[str]
) -> tuple[Mapping[str, str | int], tuple[str, ...]]:
    """Return values for the task and class names, as the data file's columns suggest."""
    from mollia.data.guess import guess_columns  # noqa: PLC0415  # as above
    from mollia.data.read import read_table  # noqa: PLC0415  # as above

    table = read_table(data, text_format=text_format)
    notes.extend(table.notes)
    guess = guess_columns(table)
    if guess.text is None:
        raise DataError(f"{data} has no column that could hold texts.", hint="Expected a column called text.")
    values: dict[str, str | int] = {"data.path": _relative(data, folder), "data.text": guess.text}
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


def _relative(data: Path, folder: Path) -> str:
    """Return the data file's path as seen from the task's folder."""
    try:
        return Path(os.path.relpath(data, folder)).as_posix()
    except ValueError:  # another drive on Windows
        return data.resolve().as_posix()


def _next_step(path: Path, data: Path | None, values: Mapping[str, str | int], names: tuple[str, ...]) -> str:
    todo = []
    if data is None:
        todo.append("the data file")
    if not names:
        todo.append("the classes")
    if not {"seed.path", "seed.draw"} & set(values):
        todo.append("the human labels (seed)")
    todo.append("the LLMs (panel)")
    return f"Next: open it and fill in {', '.join(todo)}; then run: {command('doctor', path)}"
