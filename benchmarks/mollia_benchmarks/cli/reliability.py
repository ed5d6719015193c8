"""`mollia bench reliability`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia_benchmarks.cli.options import say


def reliability(
    rows: Annotated[int, typer.Option(min=30, help="Texts asked about under each fault.")] = 300,
    faults: Annotated[
        str, typer.Option(help="Words in the names of the faults to try, with commas; all by default.")
    ] = "",
    page: Annotated[
        Path | None, typer.Option(help="The page whose section is written anew.", metavar="PAGE.MD")
    ] = None,
) -> None:
    """Put faults into servers and see whether every row is labelled rightly or named."""
    from mollia_benchmarks.reliability.servers import run  # noqa: PLC0415  # the other commands do without

    chosen = [word.strip() for word in faults.split(",") if word.strip()]
    typer.echo(run(rows=rows, faults=chosen, page=page, say=say))
