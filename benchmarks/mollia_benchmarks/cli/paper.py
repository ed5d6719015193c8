"""`mollia bench paper`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia_benchmarks.cli.options import Out, Weights, cores, say, words


def paper(  # noqa: PLR0917  # typer's options
    sets: Annotated[
        str, typer.Option(help="trec (official test set), pubmed (held-out ids).")
    ] = "trec,pubmed",
    students: Annotated[
        str, typer.Option(help="frozen, finetune, frozen+finetune (queries, and is scored at the end).")
    ] = "frozen",
    model: Weights = None,
    strategies: Annotated[
        str, typer.Option(help="Query strategies.")
    ] = "random,entropy,coreset,noise_stability,bemps",
    annotators: Annotated[
        str, typer.Option(help="Who labels what the strategy picks; ours_plain: without row weights and Y-.")
    ] = "oracle,best_llm,mean,vote,molam,ours",
    seeds: Annotated[int, typer.Option(min=1, help="Random draws of the 50 human labels.")] = 5,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds after the seed.")] = 10,
    quick: Annotated[bool, typer.Option("--quick", help="A look: 3 rounds on 1,000 rows of trec.")] = False,
    only_show: Annotated[
        bool, typer.Option("--show", help="Measure nothing: tables of the whole seeds in --out.")
    ] = False,
    out: Out = Path("bench-paper"),
    processes: Annotated[
        int, typer.Option("--processes", "--workers", min=0, help="Processes at once; 0: one a core.")
    ] = 0,
) -> None:
    """Repeat the paper's protocol without its leaks; goes on where it was stopped."""
    from mollia_benchmarks.paper import (  # noqa: PLC0415  # the other commands do without
        QUICK,
        Grid,
        run,
        show,
    )

    if only_show:
        typer.echo(show(out))
        return
    grid = Grid(
        sets=words(sets),
        students=words(students),
        strategies=words(strategies),
        annotators=words(annotators),
        seeds=seeds,
        rounds=rounds,
    )
    typer.echo(
        run(
            QUICK if quick else grid,
            out=out,
            weights=model,
            processes=cores(processes),
            say=say,
        )
    )
