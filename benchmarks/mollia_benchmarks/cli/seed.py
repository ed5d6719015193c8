"""`mollia bench seed`."""

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
    words,
)


def seed(  # noqa: PLR0917  # typer's options
    labels: Numbers = "20,50,100,200",
    data: Data = DATA,
    sets: Sets = "",
    strategies: Annotated[
        str, typer.Option(help="Strategies of mollia seed, and margin.")
    ] = "random,doubt,weighted_kmeans,batches,margin",
    draws: Draws = 10,
    trees: Trees = None,
    out: Out = Path("bench-seed"),
    processes: Processes = 0,
    engine: EngineName = LOCAL,
    address: Address = None,
) -> None:
    """Replay gold as the person: what choosing the labelled rows is worth; goes on where it was stopped."""
    from mollia_benchmarks.seed import run  # noqa: PLC0415  # the other commands do without

    with opened_job(data, sets, out, processes, engine=engine, address=address) as job:
        typer.echo(
            run(
                job,
                strategies=words(strategies),
                labels=numbers(labels),
                draws=draws,
                trees=trees,
            )
        )
