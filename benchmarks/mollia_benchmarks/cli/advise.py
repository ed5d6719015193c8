"""`mollia bench advise`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia_benchmarks import DATA
from mollia_benchmarks.cli.options import Data, Draws, Out, Processes, Sets, make_job, numbers, words


def advise(  # noqa: PLR0917  # typer's options
    labels: Annotated[str, typer.Option(help="Numbers of human labels to forecast from.")] = "50,100",
    data: Data = DATA,
    sets: Sets = "",
    methods: Annotated[str, typer.Option(help="Steps that are forecast: labels, llm.")] = "labels,llm",
    draws: Draws = 5,
    out: Out = Path("bench-advise"),
    processes: Processes = 0,
) -> None:
    """Compare what `mollia advise` forecasts with what then happens; goes on where it was stopped."""
    from mollia_benchmarks.advise import run  # noqa: PLC0415  # the other commands do without

    typer.echo(
        run(make_job(data, sets, out, processes), methods=words(methods), labels=numbers(labels), draws=draws)
    )
