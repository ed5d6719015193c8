"""`mollia bench chain`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mollia_benchmarks import DATA
from mollia_benchmarks.cli.options import Data, Draws, Out, Processes, Sets, make_job


def chain(  # noqa: PLR0917  # typer's options
    labels: Annotated[int, typer.Option(min=20, help="Human labels.")] = 50,
    data: Data = DATA,
    sets: Sets = "",
    draws: Draws = 10,
    peer: Annotated[
        str, typer.Option(help="A Python with chain-ensembles installed.", show_default="this one")
    ] = sys.executable,
    trees: Annotated[
        Path | None,
        typer.Option(
            help="What bench fusion --learn wrote: each set is fused by trees that its family did not teach."
        ),
    ] = None,
    out: Out = Path("bench-chain"),
    processes: Processes = 0,
) -> None:
    """Measure the cascade beside chain-ensembles: accuracy against calls per row; goes on where it was stopped."""
    from mollia_benchmarks.chain import run  # noqa: PLC0415  # the other commands do without

    typer.echo(
        run(make_job(data, sets, out, processes), labels=labels, draws=draws, python=peer, trees=trees)
    )
