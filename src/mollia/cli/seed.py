"""`mollia seed task.toml`, or `mollia seed panel.csv --labels a,b,c`: which rows a person should label."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mollia.cli.options import Bom, Delimiter, Encoding, listed
from mollia.cli.output import current, plain
from mollia.errors import TaskError
from mollia.invocation import command, options
from mollia.task.task_file import is_task
from mollia.task.template import toml_value
from mollia.text_format import UTF_8, TextFormat

if TYPE_CHECKING:
    from mollia.task.config import Task
    from mollia.usecases.make_seed import SeedMade

SEED = "seed.csv"
EXAMPLES = {
    "The first rows of a task; the same command again gives the next": "seed task.toml",
    "From a file of LLM answers, with 30 more rows that only score": "seed panel.csv --labels refund,other --n 60 --audit 30",
}


def seed(  # noqa: PLR0917  # typer's options
    source: Annotated[
        Path, typer.Argument(help="A task file, or a CSV, JSONL, Parquet or Excel file with LLM answers.")
    ],
    labels: Annotated[
        str, typer.Option("--labels", help="The class names, separated by commas; a task has them.")
    ] = "",
    strategy: Annotated[
        str,
        typer.Option(
            "--strategy",
            help="doubt: ten at a time, those the panel is unsure of more often, each with a known chance, so that "
            "all count for the accuracy figure; random: the narrowest figure for as many labels; batches: a random "
            "part, which alone counts for the figure, then ten at a time those whose label says most; "
            "weighted_kmeans: one shot from the panel's answers.",
        ),
    ] = "doubt",
    n: Annotated[int, typer.Option("--n", min=1, help="How many rows to label for training, in total.")] = 50,
    audit: Annotated[
        int,
        typer.Option("--audit", min=0, help="Further rows, at random, that train nothing and only score."),
    ] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="The file to fill in (.csv, .tsv, .jsonl); by default seed.path or seed.csv."
        ),
    ] = None,
    skip_blank: Annotated[
        bool, typer.Option("--skip-blank", help="Give up rows that were left without a label, and go on.")
    ] = False,
    id_: Annotated[str | None, typer.Option("--id", help="The column with the ids.")] = None,
    text: Annotated[str | None, typer.Option("--text", help="The column with the texts.")] = None,
    llms: Annotated[str, typer.Option("--llms", help="The LLMs' columns, separated by commas.")] = "",
    encoding: Encoding = "utf-8",
    delimiter: Delimiter = None,
    bom: Bom = False,
    random_state: Annotated[int, typer.Option("--random-state", help="Random seed.")] = 0,
) -> None:
    """Write the rows a person should label to a file.

    Fill the file in and run the same command again, until it asks for no more rows.
    """
    from mollia.session.panel_file import PanelFile  # noqa: PLC0415  # the same
    from mollia.task.load import load_task  # noqa: PLC0415  # the same
    from mollia.usecases.make_seed import SeedPlan, make_seed, panel_source, task_source  # noqa: PLC0415  # heavy: keeps --help fast

    said = current()
    path = out or Path(SEED)
    text_format = TextFormat(encoding=encoding, delimiter=delimiter, bom=bom)
    if is_task(source):
        task = load_task(source)
        if labels or llms or id_ or text:
            raise TaskError(f"{source} says classes, columns and LLMs itself.", hint="Leave the options out.")
        found, names = task_source(task), task.class_names
        path = out or task.seed.path or (source if source.is_dir() else source.parent) / SEED
        text_format = replace(text_format, encoding=task.seed_format.encoding)
        then = _then_run(task, path)
    else:
        names = listed(labels)
        panel = PanelFile(
            path=source, classes=names, id=id_, text=text, llms=listed(llms), text_format=text_format
        )
        found = panel_source(panel, say=said.note)
        given = {"--id": id_, "--text": text, "--llms": llms, "--delimiter": delimiter}
        given["--encoding"] = encoding if encoding != UTF_8.encoding else None
        then = command("fuse", source, "--labels", labels, "--seed-labels", path, *options(given))
    with said.busy("choosing rows"):
        made = make_seed(
            found,
            path,
            SeedPlan(strategy=strategy, n=n, audit=audit, skip_blank=skip_blank),
            text_format=text_format,
            random_state=random_state,
            say=said.note,
        )
    said.give(file=path, **plain(made))
    said.say(*_lines(made, path, names, column=found.label))
    if made.waiting + made.waiting_audit and made.labelled + made.waiting < made.wanted:
        said.say("Next: run the same command again (--skip-blank gives up rows nobody can label)")
        return
    said.next(("Label the texts", then))


def _then_run(task: Task, path: Path) -> str:
    """Return what takes the labels of the file `path` into the task, and runs it."""
    then = command("run", task.file)
    if task.seed.path is not None and os.path.realpath(path) == os.path.realpath(task.seed.path):
        return then
    written = Path(os.path.relpath(path, task.file.parent)).as_posix()
    instead = "" if task.seed.draw is None else " in place of draw"
    return f"write path = {toml_value(written)} under [seed]{instead} in {task.file}, then: {then}"


def _lines(made: SeedMade, path: Path, names: tuple[str, ...], *, column: str) -> list[str]:
    waiting = made.waiting + made.waiting_audit
    lines = [f"{path}: {made.labelled} of {made.wanted} rows labelled"]
    if made.added or made.added_audit:
        audit = f" and {made.added_audit} for the audit" if made.added_audit else ""
        lines[0] += f"; {made.added} rows added{audit}"
    if waiting:
        lines.append(f"Fill in the column {column} of {waiting} rows: {', '.join(names)}")
    return lines
