"""`mollia bench annotate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia_benchmarks import DATA
from mollia_benchmarks.cli.options import Data, OneSet, one_set, say


def annotate(
    calls: Annotated[int, typer.Option(min=10, help="Questions put to the loopback server.")] = 3000,
    rows: Annotated[int, typer.Option(min=100, help="Rows over which memory should stay flat.")] = 200_000,
    weights: Annotated[
        Path | None,
        typer.Option(help="A .gguf base model, for the part with a real LLM.", metavar="FILE.GGUF"),
    ] = None,
    data: Data = DATA,
    name: OneSet = "",
) -> None:
    """Measure what asking costs on our side, and the tokens a real LLM reads."""
    from mollia_benchmarks.annotate import run  # noqa: PLC0415  # the other commands do without
    from mollia_benchmarks.datasets import load  # noqa: PLC0415  # the same

    texts = load(*one_set(data, name))
    typer.echo(run(calls=calls, rows=rows, texts=texts, weights=weights, say=say))
