"""`mollia bench student`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia_benchmarks import DATA
from mollia_benchmarks.cli.options import Data, Draws, Out, Processes, Sets, Weights, make_job, words


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
) -> None:
    """Compare ways to train the student on fused labels, with true labels as the ceiling."""
    from mollia_benchmarks.student import run  # noqa: PLC0415  # the other commands do without

    typer.echo(
        run(
            make_job(data, sets, out, processes),
            labels=labels,
            draws=draws,
            student=student,
            recipes=words(recipes, separator=";"),
            weights=model,
            view=text_view,
            picked=picked,
        )
    )
