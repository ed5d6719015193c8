"""`mollia bench chain`."""

from __future__ import annotations

import os
import sys
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


def chain(  # noqa: PLR0917  # typer's options
    labels: Annotated[int, typer.Option(min=20, help="Human labels.")] = 50,
    data: Data = DATA,
    sets: Sets = "",
    draws: Draws = 10,
    peer: Annotated[
        str, typer.Option(help="A Python with chain-ensembles installed.", show_default="this one")
    ] = sys.executable,
    trees: Trees = None,
    out: Out = Path("bench-chain"),
    processes: Processes = 0,
    engine: EngineName = LOCAL,
    address: Address = None,
) -> None:
    """Measure the cascade beside chain-ensembles: accuracy against calls per row; goes on where it was stopped."""
    from mollia_benchmarks.chain import run  # noqa: PLC0415  # the other commands do without

    if os.sep in peer:
        peer = str(Path(peer).absolute())  # not resolved: a virtual environment's Python is a link
    with opened_job(data, sets, out, processes, engine=engine, address=address) as job:
        typer.echo(run(job, labels=labels, draws=draws, python=peer, trees=trees))
