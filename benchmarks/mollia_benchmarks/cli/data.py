"""`mollia bench data`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia.invocation import command
from mollia.usecases.progress import shown


def data(
    sets: Annotated[list[str], typer.Argument(help="Sets of the paper: trec, pubmed, ag_news, imdb.")],
    out: Annotated[Path, typer.Option(help="Folder for the sets; the other benchmarks' --data.")] = Path(
        "bench-data"
    ),
    from_: Annotated[
        Path | None,
        typer.Option("--from", help="Convert files that lie in this folder instead of fetching them."),
    ] = None,
    mirror: Annotated[
        str, typer.Option(help="Fetch from below this URL, which has the original paths, instead.")
    ] = "",
) -> None:
    """Fetch and convert the answers that the paper's authors recorded; goes on where it was stopped."""
    from mollia_benchmarks.fetch.obtain import Place, run  # noqa: PLC0415  # --help does without

    with shown() as tell:
        run(sets, Place(out=out, given=from_, mirror=mirror), tell=tell, say=typer.echo)
    compare = command("bench", "fusion", "--data", out, "--sets", ",".join(sets))
    typer.echo(f"Compare fusers on them with: {compare}")
