"""`mollia export labelstudio task.toml --out tasks.json`: rows with proposals for another tool."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mollia.cli.options import Delimiter, Encoding, listed
from mollia.cli.output import current
from mollia.cli.to_hub import to_hub
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
    sklearn = "sklearn"
    onnx = "onnx"


OF_A_STUDENT = {Target.sklearn, Target.onnx}


EXAMPLES = {
    "The 200 least certain rows, with proposals": "export labelstudio task.toml --out tasks.json --rows 200",
    "All rows as a Hugging Face data set": "export hub task.toml --out my-data-set",
    "The same to the Hub, private; first see what goes there": "export hub task.toml --to hf://OWNER/NAME",
    "The student to the Hub": "export hub out/student --to hf://OWNER/NAME --yes",
    "The student for scikit-learn": "export sklearn task.toml --out student.skops",
    "The student for ONNX and JavaScript": "export onnx task.toml --out student-onnx",
}


def export(
    tool: Annotated[Target, typer.Argument(help="What to write for.")],
    source: Annotated[
        Path,
        typer.Argument(
            help="A task file, a file of labels, or the folder of a student.",
            metavar="TASK.TOML|LABELS|STUDENT",
        ),
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="The file to write: .json, for Prodigy, doccano and textcat .jsonl, for sklearn .skops, for hub and onnx a new folder.",
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            help="For hub: the repository to upload to; what goes there is listed first.",
            metavar="hf://OWNER/NAME",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Upload what was listed.")] = False,
    public: Annotated[
        bool,
        typer.Option(
            "--public", help="Upload to a repository that everyone can read; by default a private one."
        ),
    ] = False,
    update: Annotated[
        bool, typer.Option("--update", help="Replace the files of a repository that is there already.")
    ] = False,
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
    """Write rows, or the student, for other tools.

    For Label Studio, Argilla, Prodigy, doccano, or spaCy (textcat). Rows go out with mollia's labels as proposals, or drawn at random without any. For the Hugging Face Hub all
    rows are written as a data set with a card. The trained student is written for scikit-learn, or as ONNX with what JavaScript needs.
    """
    from mollia.data.labels_file import LabelsFormat  # noqa: PLC0415  # heavy: keeps --help fast

    said = current()
    if tool is not Target.hub and (
        wrong := _named({"--to": to, "--yes": yes, "--public": public, "--update": update})
    ):
        raise DataError(f"Only hub uploads; {tool.value} writes files.", hint=f"Leave out {wrong}.")
    if tool in OF_A_STUDENT:
        given = {"--rows": rows, "--draw": draw, "--labels": labels, "--text": text, "--id": id_}
        if wrong := _named(given):
            raise DataError("A student is exported as it is, without rows.", hint=f"Leave out {wrong}.")
        from mollia.usecases.export_student import export_student  # noqa: PLC0415  # heavy: keeps --help fast

        with said.busy("writing the student"):
            written = export_student(source, tool.value, _place(out), say=said.note)
        said.give(files=written)
        said.say(f"Student written: {out}")
        return
    how = LabelsFormat(
        text=text,
        id=id_,
        classes=listed(labels),
        text_format=TextFormat(encoding=encoding, delimiter=delimiter, spreadsheet=spreadsheet),
    )
    if tool is Target.hub:
        if rows is not None or draw is not None:
            raise DataError("A data set holds all rows.", hint="Leave out --rows and --draw.")
        to_hub(said, source, out, to, yes=yes, public=public, update=update, how=how)
        return
    from mollia.usecases.export_rows import Which, export_rows  # noqa: PLC0415  # the same

    with said.busy("writing the rows"):
        number, paths = export_rows(
            source,
            tool.value,
            _place(out),
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


def _named(given: Mapping[str, object]) -> str:
    """Return the names of the options that were given, in words."""
    return " and ".join(name for name, value in given.items() if value)


def _place(out: Path | None) -> Path:
    if out is None:
        raise DataError("Nothing says where to write.", hint="Name the file or the folder: --out.")
    return out
