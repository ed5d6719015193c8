"""`mollia bench advise`."""

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
    numbers,
    opened_job,
    words,
)


def advise(  # noqa: PLR0917  # typer's options
    labels: Annotated[str, typer.Option(help="Numbers of human labels to forecast from.")] = "50,100",
    data: Data = DATA,
    sets: Sets = "",
    methods: Annotated[str, typer.Option(help="Steps that are forecast: labels, llm.")] = "labels,llm",
    draws: Draws = 5,
    out: Out = Path("bench-advise"),
    processes: Processes = 0,
    engine: EngineName = LOCAL,
    address: Address = None,
) -> None:
    """Compare what `mollia advise` forecasts with what then happens; goes on where it was stopped."""
    from mollia_benchmarks.advise import run  # noqa: PLC0415  # the other commands do without

    with opened_job(data, sets, out, processes, engine=engine, address=address) as job:
        typer.echo(run(job, methods=words(methods), labels=numbers(labels), draws=draws))
