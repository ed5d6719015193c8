"""`mollia bench coverage`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia.cli.options import Address
from mollia_benchmarks import DATA
from mollia_benchmarks.cli.options import LOCAL, Data, EngineName, Out, Processes, Sets, numbers, opened_job


def coverage(  # noqa: PLR0917  # typer's options
    labels: Annotated[str, typer.Option(help="Numbers of human rows that score.")] = "50,100,200",
    data: Data = DATA,
    sets: Sets = "",
    resamples: Annotated[int, typer.Option(min=0, help="Audit samples for each figure.")] = 1000,
    seed_resamples: Annotated[
        int, typer.Option(min=0, help="Cross-fitted seeds for each figure; each takes six fits.")
    ] = 1000,
    out: Out = Path("bench-coverage"),
    processes: Processes = 0,
    engine: EngineName = LOCAL,
    address: Address = None,
) -> None:
    """Check that accuracy intervals and promises hold; goes on where it was stopped."""
    from mollia_benchmarks.coverage import run  # noqa: PLC0415  # the other commands do without

    with opened_job(data, sets, out, processes, engine=engine, address=address) as job:
        typer.echo(
            run(
                job,
                labels=numbers(labels),
                resamples=resamples,
                seed_resamples=seed_resamples,
            )
        )
