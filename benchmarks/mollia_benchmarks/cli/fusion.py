"""`mollia bench fusion`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia.cli.options import Address
from mollia.errors import ParameterError
from mollia_benchmarks import DATA
from mollia_benchmarks.cli.options import (
    LOCAL,
    Data,
    Draws,
    EngineName,
    Numbers,
    Out,
    Processes,
    Sets,
    Trees,
    Weights,
    numbers,
    one_set,
    opened_job,
    words,
)


def fusion(  # noqa: PLR0917  # typer's options
    labels: Numbers = "0,10,20,50,100,200,500,1000",
    data: Data = DATA,
    sets: Sets = "",
    methods: Annotated[
        str, typer.Option(help="Fusers, and the baselines best_llm and supervised.")
    ] = "default,molam,molam_repaired,dawid_skene,vote,mean,best_llm,supervised",
    draws: Draws = 10,
    out: Out = Path("bench-fusion"),
    processes: Processes = 0,
    engine: EngineName = LOCAL,
    address: Address = None,
    text_view: Annotated[
        str,
        typer.Option(
            help="Compare a kind of student, such as finetune, with TF-IDF as the text view instead."
        ),
    ] = "",
    text_model: Weights = None,
    picked: Annotated[
        str | None,
        typer.Option(help="With --text-view: the strategy of mollia seed that picks the human rows."),
    ] = None,
    speed: Annotated[
        str, typer.Option(help="Time pools of so many rows of one set instead, such as 10000,100000.")
    ] = "",
    peers: Annotated[
        str | None,
        typer.Option(
            help="A Python with crowd-kit, snorkel and cleanlab: compare with them, at 50 labels, instead."
        ),
    ] = None,
    calibration: Annotated[
        bool, typer.Option("--calibration", help="Compare ways to calibrate the default instead.")
    ] = False,
    negative: Annotated[
        bool,
        typer.Option(
            "--negative",
            help="Score negative labels with fewer than 20 human labels, by every fuser, instead.",
        ),
    ] = False,
    learn: Annotated[
        bool,
        typer.Option("--learn", help="Teach the default's trees, once with each family left out, instead."),
    ] = False,
    trees: Trees = None,
) -> None:
    """Compare fusers from no human label to a thousand; goes on where it was stopped."""
    if engine != LOCAL and (speed or peers):
        raise ParameterError(
            "--speed and --peers time one machine, and measure here alone.",
            hint=f"Leave out --engine {engine}.",
        )
    if speed:
        from mollia_benchmarks import datasets, fusion_speed  # noqa: PLC0415  # the others do without

        typer.echo(fusion_speed.run(datasets.load(*one_set(data, sets)), rows=numbers(speed)))
        return
    with opened_job(data, sets, out, processes, engine=engine, address=address) as job:
        if learn:
            from mollia_benchmarks import fusion_trees  # noqa: PLC0415  # the others do without

            typer.echo(fusion_trees.run(job, labels=numbers(labels), draws=draws))
            return
        if peers:
            from mollia_benchmarks.peers import run as run_peers  # noqa: PLC0415  # the others do without

            typer.echo(run_peers(job, methods=words(methods), labels=50, draws=draws, python=peers))
            return
        if text_view:
            from mollia_benchmarks import fusion_view  # noqa: PLC0415  # the others do without

            typer.echo(
                fusion_view.run(
                    job,
                    view=text_view,
                    weights=text_model,
                    picked=picked,
                    labels=numbers(labels),
                    draws=draws,
                    trees=trees,
                )
            )
            return
        if calibration:
            from mollia_benchmarks import fusion_calibration  # noqa: PLC0415  # the others do without

            typer.echo(fusion_calibration.run(job, labels=numbers(labels), draws=draws))
            return
        if negative:
            from mollia_benchmarks import fusion_negative  # noqa: PLC0415  # the others do without

            typer.echo(fusion_negative.run(job, labels=numbers(labels), draws=draws))
            return
        from mollia_benchmarks.fusion import run  # noqa: PLC0415  # the others do without

        typer.echo(run(job, methods=words(methods), labels=numbers(labels), draws=draws, trees=trees))
