"""Words people write on the command line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mollia.protocols import Engine
    from mollia.quality.target import Promise

Encoding = Annotated[str, typer.Option("--encoding", help="The files' encoding.")]
Delimiter = Annotated[str | None, typer.Option("--delimiter", help="What separates the cells of a CSV file.")]
Spreadsheet = Annotated[
    bool,
    typer.Option(
        "--spreadsheet",
        help="Begin CSV cells that a spreadsheet program would take for a formula with an apostrophe.",
    ),
]
Bom = Annotated[bool, typer.Option("--bom", help="Begin the CSV with a mark that Excel needs for UTF-8.")]

AllowUnnamed = Annotated[
    bool,
    typer.Option(
        "--allow-unnamed",
        help="End with exit code 0 although more than 5 % of the answers name none of the classes.",
    ),
]
Target = Annotated[
    float | None,
    typer.Option(
        "--target-accuracy",
        help="Add a column `accept`: rows that need no review to reach this accuracy (e.g. 0.95).",
        min=0.5,
        max=0.999,
    ),
]

TextView = Annotated[
    str | None,
    typer.Option(
        "--text-view",
        help="How the texts are read when labels are fused, in place of what the task says: tfidf (seconds), auto, or "
        "a kind of student such as finetune (minutes).",
        metavar="NAME",
    ),
]
EngineName = Annotated[
    str,
    typer.Option(
        "--engine",
        help="Where LLMs are asked and texts are encoded or labelled: local (this machine) or ray (a cluster).",
        metavar="NAME",
    ),
]
Address = Annotated[
    str | None,
    typer.Option(
        "--address",
        help="The head of a Ray cluster, as 10.0.0.1:6379; by default RAY_ADDRESS, else this machine alone.",
        metavar="HOST:PORT",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        help="How many processes of the cluster ask each LLM; by default one per node or graphics card.",
        min=1,
    ),
]


@contextmanager
def opened_engine(name: str, address: str | None, workers: int | None) -> Iterator[Engine]:
    """Make the engine of that name, and close it in the end."""
    from mollia.registry import find  # noqa: PLC0415  # keeps --help fast

    engine: Engine = find("engine", name)(address=address, workers=workers)
    try:
        yield engine
    finally:
        engine.close()


def listed(written: str) -> tuple[str, ...]:
    """Return the parts of a list separated by commas; quotes keep a comma inside a part."""
    if not written.strip():
        return ()
    parts = next(csv.reader([written], skipinitialspace=True))
    return tuple(part.strip() for part in parts if part.strip())


def kept_lines(kept: Promise, labels: str) -> list[str]:
    """Say in lines what a target accuracy leaves to review, and what it would take on all rows."""
    accepted = 0 if kept.accepted is None else int(kept.accepted.rows.sum())
    left = f"{kept.n_open - accepted} to review (column accept of {labels})"
    return [
        f"At {kept.target:.0%} accuracy: {accepted} of {kept.n_open} labels accepted, {left}",
        *kept.notes,
    ]
