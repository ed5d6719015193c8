"""`mollia bench review`."""

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


def review(  # noqa: PLR0917  # typer's options
    reviews: Annotated[
        int, typer.Option(min=20, help="Reviews in a replay; random goes to twice as many.")
    ] = 100,
    data: Data = DATA,
    sets: Sets = "",
    orders: Annotated[
        str, typer.Option(help="Orders to compare.")
    ] = "useful,per_minute,margin,least_confidence,random",
    draws: Draws = 4,
    out: Out = Path("bench-review"),
    processes: Processes = 0,
    engine: EngineName = LOCAL,
    address: Address = None,
) -> None:
    """Replay gold as the reviewer: accuracy against the number of reviews; goes on where it was stopped."""
    from mollia_benchmarks.review import run  # noqa: PLC0415  # the other commands do without

    with opened_job(data, sets, out, processes, engine=engine, address=address) as job:
        typer.echo(
            run(
                job,
                orders=words(orders),
                reviews=reviews,
                draws=draws,
            )
        )
