"""`mollia bench panel`."""

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
    opened_job,
    words,
)


def panel(  # noqa: PLR0917  # typer's options
    labels: Annotated[int, typer.Option(min=10, help="Human labels.")] = 50,
    data: Data = DATA,
    sets: Sets = "",
    methods: Annotated[
        str, typer.Option(help="Tickets, the criteria behind them, cascades.")
    ] = "ticket,ticket_llms,ticket_priced,criteria,cascade,cascade_priced",
    draws: Draws = 10,
    out: Out = Path("bench-panel"),
    processes: Processes = 0,
    engine: EngineName = LOCAL,
    address: Address = None,
) -> None:
    """Measure lottery tickets and the cascade against the whole panel; goes on where it was stopped."""
    from mollia_benchmarks.panel import run  # noqa: PLC0415  # the other commands do without

    with opened_job(data, sets, out, processes, engine=engine, address=address) as job:
        typer.echo(
            run(
                job,
                methods=words(methods),
                labels=labels,
                draws=draws,
            )
        )
