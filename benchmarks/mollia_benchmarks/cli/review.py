"""`mollia bench review`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia_benchmarks import DATA
from mollia_benchmarks.cli.options import Data, Draws, Out, Processes, Sets, make_job, words


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
) -> None:
    """Replay gold as the reviewer: accuracy against the number of reviews; goes on where it was stopped."""
    from mollia_benchmarks.review import run  # noqa: PLC0415  # the other commands do without

    typer.echo(
        run(
            make_job(data, sets, out, processes),
            orders=words(orders),
            reviews=reviews,
            draws=draws,
        )
    )
