"""`mollia import labelstudio export.json --task task.toml`: human labels from another tool."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from mollia.cli.output import current
from mollia.invocation import command
from mollia.session.run_folder import LEDGER

if TYPE_CHECKING:
    from mollia.records import Use


class Tool(StrEnum):
    """The tools whose exports are read, by the names of the command line."""

    labelstudio = "labelstudio"
    argilla = "argilla"
    prodigy = "prodigy"
    doccano = "doccano"
    textcat = "textcat"


EXAMPLES = {
    "Labels that shall train": "import labelstudio export.json --task task.toml",
    "Labels of an audit, which only score": "import prodigy audit.jsonl --task task.toml --use audit",
}


def import_(
    tool: Annotated[Tool, typer.Argument(help="The tool that wrote the export.")],
    export: Annotated[Path, typer.Argument(help="Its JSON or JSONL file.")],
    *,
    task: Annotated[
        Path, typer.Option("--task", help="The task whose rows were labelled.", metavar="TASK.TOML")
    ],
    use: Annotated[
        str,
        typer.Option("--use", help="What the labels are for: seed, review (both train) or audit (scores)."),
    ] = "seed",
    annotator: Annotated[
        str | None, typer.Option("--annotator", help="Take this person's labels only.")
    ] = None,
    question: Annotated[
        str | None, typer.Option("--question", help="The question with the label, where there are several.")
    ] = None,
    text: Annotated[
        str | None, typer.Option("--text", help="The key of the text, where it is not the task's.")
    ] = None,
    id_: Annotated[str, typer.Option("--id", help="The key of the row's id, where mollia gave none.")] = "id",
    out: Annotated[
        Path | None, typer.Option("--out", help="Write a file (id,label) instead of storing in the ledger.")
    ] = None,
) -> None:
    """Read labels from another labelling tool.

    From Label Studio, Argilla, Prodigy, doccano, or spaCy (textcat). They are stored in the ledger of the task, or written to a file.
    """
    from mollia.exchange.exported import Keys  # noqa: PLC0415  # heavy: keeps --help fast
    from mollia.task.load import load_task  # noqa: PLC0415  # the same
    from mollia.usecases.import_labels import import_labels  # noqa: PLC0415  # the same

    loaded = load_task(task)
    said = current()
    with said.busy("reading the labels"):
        found = import_labels(
            loaded,
            tool.value,
            export,
            keys=Keys(text=text, id=id_, question=question),
            use=cast("Use", use),  # checked there
            annotator=annotator,
            out=out,
            say=said.note,
        )
    file = out or loaded.run.out / LEDGER
    said.give(labels=found.n_rows, use=use, file=file, remarks=found.notes)
    said.say(*found.notes, f"{found.n_rows} labels ({use}): {file}")
    if out is None:
        said.next(("Label the texts", command("run", task)))
