"""`mollia export labelstudio task.toml --out tasks.json`: rows with proposals for another tool."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mollia.cli.options import Delimiter, Encoding, listed
from mollia.cli.output import current
from mollia.errors import DataError
from mollia.text_format import TextFormat


class Target(StrEnum):
    """What can be written for, by the names of the command line."""

    labelstudio = "labelstudio"
    argilla = "argilla"
    prodigy = "prodigy"
    doccano = "doccano"
    textcat = "textcat"
    hub = "hub"


EXAMPLES = {
    "The 200 least certain rows, with proposals": "export labelstudio task.toml --out tasks.json --rows 200",
    "All rows as a Hugging Face data set": "export hub task.toml --out my-data-set",
}


def export(
    tool: Annotated[Target, typer.Argument(help="What to write for.")],
    source: Annotated[
        Path, typer.Argument(help="A task file, or a file of labels.", metavar="TASK.TOML|LABELS")
    ],
    *,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            help="The file to write: .json, for Prodigy, doccano and textcat .jsonl, for hub a new folder.",
        ),
    ],
    rows: Annotated[
        int | None, typer.Option("--rows", help="Only that many rows, the least certain ones.", min=1)
    ] = None,
    draw: Annotated[
        int | None,
        typer.Option(
            "--draw", help="Rows drawn at random and without proposals, for a seed or an audit.", min=1
        ),
    ] = None,
    labels: Annotated[
        str, typer.Option("--labels", help="The class names, where the file does not say.")
    ] = "",
    text: Annotated[str | None, typer.Option("--text", help="A labels file's column with the texts.")] = None,
    id_: Annotated[str | None, typer.Option("--id", help="A labels file's column with the ids.")] = None,
    encoding: Encoding = "utf-8",
    delimiter: Delimiter = None,
    spreadsheet: Annotated[
        bool, typer.Option("--spreadsheet", help="A labels file was written with --spreadsheet.")
    ] = False,
    random_state: Annotated[int, typer.Option("--random-state", help="The seed of the draw.")] = 0,
) -> None:
    """Write rows for another labelling tool or the Hub.

    For Label Studio, Argilla, Prodigy, doccano, or spaCy (textcat). Rows go out with mollia's labels as proposals, or drawn at random without any. For the Hugging Face Hub all
    rows are written as a data set with a card.
    """
    from mollia.data.labels_file import LabelsFormat  # noqa: PLC0415  # heavy: keeps --help fast

    said = current()
    how = LabelsFormat(
        text=text,
        id=id_,
        classes=listed(labels),
        text_format=TextFormat(encoding=encoding, delimiter=delimiter, spreadsheet=spreadsheet),
    )
    if tool is Target.hub:
        from mollia.report.data_set import write_data_set  # noqa: PLC0415  # the same

        if rows is not None or draw is not None:
            raise DataError("A data set holds all rows.", hint="Leave out --rows and --draw.")
        with said.busy("writing the rows"):
            number = write_data_set(source, out, how=how, say=said.note)
        said.give(rows=number, files=[out])
        said.say(f"{number} rows written: {out}, with a card in README.md")
        return
    from mollia.usecases.export_rows import Which, export_rows  # noqa: PLC0415  # the same

    with said.busy("writing the rows"):
        number, paths = export_rows(
            source,
            tool.value,
            out,
            Which(rows=rows, draw=draw, random_state=random_state),
            how=how,
            say=said.note,
        )
    said.give(rows=number, files=paths)
    said.say(f"{number} rows written: {', '.join(str(path) for path in paths)}")
    if draw is not None:
        said.say(
            "They carry no proposals, so that people judge for themselves; import them as seed or audit."
        )
