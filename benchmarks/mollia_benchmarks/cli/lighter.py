"""`mollia bench lighter`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia.errors import DataError
from mollia_benchmarks import DATA
from mollia_benchmarks.cli.options import Data, Draws, OneSet, Out, one_set, say, words


def lighter(  # noqa: PLR0917  # typer's options
    weights: Annotated[
        str, typer.Option(help="Models for llama.cpp: gemma=FILE.gguf,smollm2=FILE.gguf.", show_default=False)
    ],
    base: Annotated[str, typer.Option(help="Those of them that continue a text instead of answering.")] = "",
    data: Data = DATA,
    set_: OneSet = "",
    rows: Annotated[int, typer.Option(min=100, help="Texts that are asked about.")] = 800,
    labels: Annotated[int, typer.Option(min=20, help="Human labels.")] = 50,
    draws: Draws = 10,
    out: Out = Path("bench-lighter"),
) -> None:
    """Ask small models in several ways, and measure tokens, seconds and accuracy of asking less; goes on where it was stopped.

    On this machine alone: it times one process, and times of several machines would not compare.
    """
    from mollia_benchmarks.lighter import Wanted, run  # noqa: PLC0415  # the other commands do without

    models = dict(_pair(word) for word in words(weights))
    name, folder = one_set(data, set_)
    wanted = Wanted(models=models, base=frozenset(words(base)), rows=rows, labels=labels, draws=draws)
    typer.echo(run(name, folder, wanted, out=out, say=say))


def _pair(word: str) -> tuple[str, Path]:
    model, equals, path = word.partition("=")
    if not equals or not model or not path:
        raise DataError(
            f'--weights: "{word}" is not a name and a file.', hint="Write --weights gemma=FILE.gguf."
        )
    return model, Path(path)
