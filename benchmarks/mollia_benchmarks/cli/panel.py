"""`mollia bench panel`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia_benchmarks import DATA
from mollia_benchmarks.cli.options import Data, Draws, Out, Processes, Sets, make_job, words


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
) -> None:
    """Measure lottery tickets and the cascade against the whole panel; goes on where it was stopped."""
    from mollia_benchmarks.panel import run  # noqa: PLC0415  # the other commands do without

    typer.echo(
        run(
            make_job(data, sets, out, processes),
            methods=words(methods),
            labels=labels,
            draws=draws,
        )
    )
