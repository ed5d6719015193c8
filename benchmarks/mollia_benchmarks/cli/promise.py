"""`mollia bench promise`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia.cli.options import Address
from mollia_benchmarks import DATA
from mollia_benchmarks.cli.options import (
    LOCAL,
    Data,
    Draws,
    EngineName,
    Out,
    Processes,
    Sets,
    Trees,
    opened_job,
)


def promise(  # noqa: PLR0917  # typer's options
    labels: Annotated[int, typer.Option(min=20, help="Human labels.")] = 50,
    data: Data = DATA,
    sets: Sets = "",
    draws: Draws = 2,
    rows: Annotated[int, typer.Option(min=100, help="Rows of a set, at most.")] = 1000,
    trees: Trees = None,
    out: Out = Path("bench-promise"),
    processes: Processes = 0,
    engine: EngineName = LOCAL,
    address: Address = None,
) -> None:
    """Choose what tickets and cascades promise without each family in turn, and see how it holds there."""
    from mollia_benchmarks.promise import run  # noqa: PLC0415  # the other commands do without

    with opened_job(data, sets, out, processes, engine=engine, address=address) as job:
        typer.echo(run(job, labels=labels, draws=draws, rows=rows, trees=trees))
