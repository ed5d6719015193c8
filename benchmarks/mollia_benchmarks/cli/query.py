"""`mollia bench query`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia_benchmarks.cli.options import Out, numbers, say, words


def query(
    rows: Annotated[str, typer.Option(help="Sizes of the pool.")] = "10000,100000",
    strategies: Annotated[str, typer.Option(help="Strategies; all by default.")] = "",
    peers: Annotated[
        str | None, typer.Option(help="A Python with small-text and scikit-activeml installed.")
    ] = None,
    draws: Annotated[int, typer.Option(min=1, help="Pools per size; the median counts.")] = 1,
    out: Out = Path("bench-query"),
) -> None:
    """Time the query strategies on made-up vectors, beside two peers where they are installed.

    On this machine alone: it times one process, and times of several machines would not compare.
    """
    from mollia_benchmarks.query import run, strategy_names  # noqa: PLC0415  # the other commands do without

    typer.echo(
        run(
            rows=numbers(rows),
            strategies=words(strategies) or strategy_names(),
            peers=peers,
            draws=draws,
            out=out,
            say=say,
        )
    )
