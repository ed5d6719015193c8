"""`mollia bench demo`."""

from __future__ import annotations

from pathlib import Path

import typer

from mollia_benchmarks.cli.options import Draws, Out, say


def demo(draws: Draws = 10, out: Out = Path("bench-demo")) -> None:
    """Run the demo with other draws of its human labels; goes on where it was stopped."""
    from mollia_benchmarks.demo import run  # noqa: PLC0415  # the other commands do without

    typer.echo(run(draws=draws, out=out, say=say))
