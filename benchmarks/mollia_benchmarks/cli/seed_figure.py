"""`mollia bench seed-figure`."""

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


def seed_figure(  # noqa: PLR0917  # typer's options
    labels: Numbers = "50",
    data: Data = DATA,
    sets: Sets = "",
    strategies: Annotated[
        str, typer.Option(help="doubt, random, batches; doubt-20 and doubt-35 have a lower floor.")
    ] = "doubt,random",
    rows: Annotated[int, typer.Option(min=50, help="Rows of a larger pool that are used.")] = 700,
    slips: Annotated[int, typer.Option(min=0, max=100, help="Per cent of wrong answers of the person.")] = 0,
    draws: Draws = 34,
    trees: Trees = None,
    out: Out = Path("bench-seed-figure"),
    docs: Annotated[
        Path | None, typer.Option(help="The repository's docs: write the tables into their page too.")
    ] = None,
    processes: Processes = 0,
    engine: EngineName = LOCAL,
    address: Address = None,
) -> None:
    """Check a seed's own accuracy figure, by strategy; goes on where it was stopped, and adds to what --out holds."""
    from mollia_benchmarks.seed_figure import run  # noqa: PLC0415  # the other commands do without

    with opened_job(data, sets, out, processes, engine=engine, address=address) as job:
        typer.echo(
            run(
                job,
                strategies=words(strategies),
                labels=numbers(labels),
                rows=rows,
                slips=slips,
                draws=draws,
                trees=trees,
                docs=docs,
            )
        )
