"""`mollia bench priors`."""

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
    Numbers,
    Out,
    Processes,
    Sets,
    Trees,
    numbers,
    opened_job,
)


def priors(  # noqa: PLR0917  # typer's options
    labels: Numbers = "0,10,20,50,100",
    data: Data = DATA,
    sets: Sets = "",
    draws: Draws = 10,
    rows: Annotated[int, typer.Option(min=100, help="Rows of a set, at most.")] = 1000,
    trees: Trees = None,
    out: Out = Path("bench-priors"),
    processes: Processes = 0,
    engine: EngineName = LOCAL,
    address: Address = None,
) -> None:
    """Start each set from what its LLMs showed on the other sets of its family; compare with starting afresh."""
    from mollia_benchmarks.priors import run  # noqa: PLC0415  # the other commands do without

    with opened_job(data, sets, out, processes, engine=engine, address=address) as job:
        typer.echo(run(job, labels=numbers(labels), draws=draws, rows=rows, trees=trees))
