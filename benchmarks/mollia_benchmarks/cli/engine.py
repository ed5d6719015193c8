"""`mollia bench engine`."""

from __future__ import annotations

from typing import Annotated

import typer

from mollia_benchmarks.cli.options import numbers, say


def engine(
    workers: Annotated[str, typer.Option(help="Numbers of workers of the cluster.")] = "1,2,4",
    delay: Annotated[float, typer.Option(min=0.001, help="Seconds that the server waits.")] = 0.5,
    concurrency: Annotated[int, typer.Option(min=1, help="Requests of a worker at the same time.")] = 8,
    each: Annotated[int, typer.Option(min=2, help="Questions per worker.")] = 240,
) -> None:
    """Measure asking with and without a cluster, against a server that waits."""
    from mollia_benchmarks.engine import run  # noqa: PLC0415  # the other commands do without

    typer.echo(run(workers=numbers(workers), delay=delay, concurrency=concurrency, each=each, say=say))
