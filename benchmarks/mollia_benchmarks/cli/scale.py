"""`mollia bench scale`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia_benchmarks import DATA
from mollia_benchmarks.cli.options import Data, Draws, Numbers, Out, numbers, say, words


def scale(  # noqa: PLR0917  # typer's options
    rows: Annotated[str, typer.Option(help="Numbers of rows.")] = "10000,30000,100000,300000,1000000",
    files: Annotated[str, typer.Option(help="Kinds of files: parquet, csv.")] = "parquet,csv",
    classes: Annotated[
        str, typer.Option(help="6: policy_en's six most frequent classes; 100: those of icl_clinic150.")
    ] = "6",
    set_: Annotated[
        str, typer.Option("--set", help="A set of the folder, all its classes and LLMs, in their place.")
    ] = "",
    data: Data = DATA,
    out: Out = Path("bench-scale"),
    sample: Annotated[
        bool,
        typer.Option(
            "--sample",
            help="Compare sample sizes with a fit of all rows, at the first number of rows, instead.",
        ),
    ] = False,
    sizes: Numbers = "10000,20000,50000,100000",
    draws: Draws = 3,
) -> None:
    """Fuse resampled panels of growing size, with seconds, memory and accuracy; goes on where it was stopped."""
    from mollia_benchmarks import scale_panel  # noqa: PLC0415  # the other commands do without
    from mollia_benchmarks.datasets import load  # noqa: PLC0415  # the same

    made = {"6": scale_panel.six_classes, "100": scale_panel.hundred_classes}
    panels = [scale_panel.source(load(set_, data))] if set_ else [made[each]() for each in words(classes)]
    if sample:
        from mollia_benchmarks.scale_sample import run as compare  # noqa: PLC0415  # the same

        typer.echo(compare(panels, numbers(rows)[0], numbers(sizes), draws=draws, say=say))
        return
    from mollia_benchmarks.scale import run  # noqa: PLC0415  # the same

    typer.echo(run(panels, numbers(rows), words(files), out, say=say))
