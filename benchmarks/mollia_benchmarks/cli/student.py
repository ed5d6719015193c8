"""`mollia bench student`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia.cli.options import Address
from mollia_benchmarks import DATA
from mollia_benchmarks.cli.options import (
    LOCAL,
    Data,
    Draws,
    EngineName,
    Out,
    Processes,
    Sets,
    Weights,
    opened_job,
    words,
)


def student(  # noqa: PLR0917  # typer's options
    labels: Annotated[int, typer.Option(min=5, help="Human labels.")] = 50,
    data: Data = DATA,
    sets: Sets = "",
    student: Annotated[str, typer.Option(help="frozen (lexical) or finetune.")] = "frozen",
    recipes: Annotated[str, typer.Option(help="Recipes, with ; between them; all by default.")] = "",
    model: Weights = None,
    text_view: Annotated[
        str, typer.Option(help="What reads the texts for the fuser: tfidf, or finetune as the student.")
    ] = "tfidf",
    picked: Annotated[
        str, typer.Option(help="The strategy of mollia seed that picks the human rows.")
    ] = "random",
    draws: Draws = 5,
    out: Out = Path("bench-student"),
    processes: Processes = 0,
    engine: EngineName = LOCAL,
    address: Address = None,
) -> None:
    """Compare ways to train the student on fused labels, with true labels as the ceiling."""
    from mollia_benchmarks.student import run  # noqa: PLC0415  # the other commands do without

    with opened_job(data, sets, out, processes, engine=engine, address=address) as job:
        typer.echo(
            run(
                job,
                labels=labels,
                draws=draws,
                student=student,
                recipes=words(recipes, separator=";"),
                weights=model,
                view=text_view,
                picked=picked,
            )
        )
