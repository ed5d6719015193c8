"""`mollia bench annotate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia_benchmarks.cli.options import say


def annotate(
    calls: Annotated[int, typer.Option(min=10, help="Questions put to the loopback server.")] = 3000,
    rows: Annotated[int, typer.Option(min=100, help="Rows over which memory should stay flat.")] = 200_000,
    weights: Annotated[
        Path | None,
        typer.Option(help="A .gguf base model, for the part with a real LLM.", metavar="FILE.GGUF"),
    ] = None,
) -> None:
    """Measure what asking costs on our side, and the tokens a real LLM reads."""
    from mollia_benchmarks.annotate import run  # noqa: PLC0415  # the other commands do without

    typer.echo(run(calls=calls, rows=rows, weights=weights, say=say))
