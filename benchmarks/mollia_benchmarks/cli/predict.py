"""`mollia bench predict`."""

from __future__ import annotations

from typing import Annotated

import typer

from mollia_benchmarks import DATA
from mollia_benchmarks.cli.options import Data, OneSet, one_set


def predict(
    repeats: Annotated[int, typer.Option(min=1, help="Runs; the fastest counts.")] = 5,
    data: Data = DATA,
    name: OneSet = "",
) -> None:
    """Time the lexical student on one core, beside scikit-learn's pipeline."""
    from mollia_benchmarks.exam import exam  # noqa: PLC0415  # the same
    from mollia_benchmarks.predict import measure, report  # noqa: PLC0415  # the other commands do without

    taken = exam(*one_set(data, name))
    typer.echo(report(measure(taken, repeats=repeats), taken.name))
