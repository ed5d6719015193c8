"""`mollia bench adapt`."""

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


def adapt(  # noqa: PLR0917  # typer's options
    data: Data = DATA,
    sets: Sets = "",
    draws: Draws = 5,
    rows: Annotated[int, typer.Option(min=100, help="Rows of a set, at most.")] = 500,
    trees: Trees = None,
    out: Out = Path("bench-adapt"),
    processes: Processes = 0,
    engine: EngineName = LOCAL,
    address: Address = None,
) -> None:
    """Carry finished tasks to other sets of their families, 20 new labels each; compare with 20 and 50 from scratch."""
    from mollia_benchmarks.adapt import run  # noqa: PLC0415  # the other commands do without

    with opened_job(data, sets, out, processes, engine=engine, address=address) as job:
        typer.echo(run(job, draws=draws, rows=rows, trees=trees))
