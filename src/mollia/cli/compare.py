"""`mollia compare runA runB`: which of two labellings of the same rows is better, and by how much."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia.cli.options import Delimiter, Encoding
from mollia.cli.output import current, plain
from mollia.text_format import TextFormat

EXAMPLES = {
    "Two runs, scored by human labels that trained neither": "compare out-a out-b --labels audit.csv",
    "Two files, scored by a column of the first": "compare first.csv second.csv --gold label",
}


def compare(
    first: Annotated[Path, typer.Argument(help="A run's folder, or a file with id and label.")],
    second: Annotated[Path, typer.Argument(help="Another one of the same rows.")],
    *,
    labels: Annotated[
        Path | None, typer.Option("--labels", help="Human labels (id,label) that trained neither run.")
    ] = None,
    gold: Annotated[
        str | None, typer.Option("--gold", help="Or: the column of the first with the true labels.")
    ] = None,
    id: Annotated[str, typer.Option("--id", help="The column with the ids.")] = "id",  # noqa: A002  # the option's name
    encoding: Encoding = "utf-8",
    delimiter: Delimiter = None,
    level: Annotated[float, typer.Option("--level", help="Of the interval.")] = 0.95,
) -> None:
    """Compare two labellings of the same rows.

    Both are scored on rows whose true label is known: one difference with one interval.
    """
    from mollia.usecases.compare_files import compare_files, sentence  # noqa: PLC0415  # heavy: keeps --help fast

    out = current()
    with out.busy("comparing the labels"):
        found = compare_files(
            first,
            second,
            labels=labels,
            gold=gold,
            id_name=id,
            text_format=TextFormat(encoding=encoding, delimiter=delimiter),
            level=level,
        )
    out.give(first=first, second=second, **plain(found))
    out.say(sentence(found, str(first), str(second)))
