"""`mollia bench predict`."""

from __future__ import annotations

from typing import Annotated

import typer


def predict(
    repeats: Annotated[int, typer.Option(min=1, help="Runs; the fastest counts.")] = 5,
) -> None:
    """Time the lexical student on one core, beside scikit-learn's pipeline."""
    from mollia_benchmarks.predict import measure, report  # noqa: PLC0415  # the other commands do without

    typer.echo(report(measure(repeats=repeats)))
