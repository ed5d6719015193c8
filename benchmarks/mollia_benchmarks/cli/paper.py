"""`mollia bench paper`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia.cli.options import Address
from mollia_benchmarks import DATA
from mollia_benchmarks.cli.options import LOCAL, Data, EngineName, Out, Processes, Weights, opened_job, words


def paper(  # noqa: PLR0917  # typer's options
    data: Data = DATA,
    sets: Annotated[
        str,
        typer.Option(
            help="Names from labels.json with commas between them, or all.",
            show_default="those with a test set of their own",
        ),
    ] = "",
    students: Annotated[
        str, typer.Option(help="frozen, finetune, frozen+finetune (queries, and is scored at the end).")
    ] = "frozen",
    model: Weights = None,
    strategies: Annotated[
        str, typer.Option(help="Query strategies.")
    ] = "random,entropy,coreset,noise_stability,bemps",
    annotators: Annotated[
        str,
        typer.Option(
            help="Who labels what the strategy picks, with soft labels or, as in the paper, hard ones: best_llm, mean, "
            "vote, molam_repaired. ours_plain: without row weights and Y-."
        ),
    ] = "oracle,best_llm_soft,mean_soft,vote_soft,molam,molam_repaired_soft,ours",
    seeds: Annotated[int, typer.Option(min=1, help="Random draws of the 50 human labels.")] = 5,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds after the seed.")] = 10,
    quick: Annotated[
        bool, typer.Option("--quick", help="A look: 3 rounds on 1,000 rows of each set.")
    ] = False,
    only_show: Annotated[
        bool, typer.Option("--show", help="Measure nothing: tables of the whole seeds in --out.")
    ] = False,
    out: Out = Path("bench-paper"),
    processes: Processes = 0,
    engine: EngineName = LOCAL,
    address: Address = None,
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
        students=words(students),
        strategies=words(strategies),
        annotators=words(annotators),
        seeds=seeds,
        rounds=rounds,
    )
    with opened_job(data, sets, out, processes, engine=engine, address=address, tested=True) as job:
        typer.echo(run(job, QUICK if quick else grid, weights=model))
