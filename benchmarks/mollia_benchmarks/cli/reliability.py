"""`mollia bench reliability`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from mollia_benchmarks.cli.options import say

PARTS = ("servers", "kills", "soak")


def reliability(  # noqa: PLR0917  # a command's options
    parts: Annotated[str, typer.Option(help="What to try, with commas: servers, kills, soak.")] = ",".join(
        PARTS
    ),
    rows: Annotated[int, typer.Option(min=30, help="Texts asked about under each fault of a server.")] = 300,
    faults: Annotated[
        str, typer.Option(help="Words in the names of the faults to try, with commas; all by default.")
    ] = "",
    points: Annotated[int, typer.Option(min=1, help="Random points at which runs are killed.")] = 50,
    events: Annotated[
        int, typer.Option(min=0, help="File events at which runs are killed, drawn at random; 0: all.")
    ] = 0,
    minutes: Annotated[
        float, typer.Option(min=0, help="Kill no more runs after so long.", show_default="no end")
    ] = math.inf,
    processes: Annotated[int, typer.Option(min=1, help="Killed runs at the same time.")] = 1,
    soak_minutes: Annotated[
        float, typer.Option(min=0.1, help="How long people work at the page in the part `soak`.")
    ] = 30.0,
    random_state: Annotated[int, typer.Option(help="Seed of the random points.")] = 0,
    page: Annotated[
        Path | None, typer.Option(help="The page whose sections are written anew.", metavar="PAGE.MD")
    ] = None,
) -> None:
    """Put faults into servers, kill runs and let people work at the page: nothing is lost, asked twice or labelled wrongly."""
    chosen = _words(parts)
    if unknown := set(chosen) - set(PARTS) or (not chosen and {parts}):
        raise typer.BadParameter(
            f"{', '.join(sorted(unknown))}: not one of {', '.join(PARTS)}.", param_hint="--parts"
        )
    held = True
    if "servers" in chosen:
        from mollia_benchmarks.reliability.servers import run as faulty  # noqa: PLC0415  # the other commands do without

        typer.echo(faulty(rows=rows, faults=_words(faults), page=page, say=say))
    if "kills" in chosen:
        from mollia_benchmarks.reliability import kills  # noqa: PLC0415  # the same

        job = kills.Job(points=points, events=events, minutes=minutes, processes=processes, seed=random_state)
        text, held = kills.run(job, page=page, say=say)
        typer.echo(text)
    if "soak" in chosen:
        from mollia_benchmarks.reliability import soak  # noqa: PLC0415  # the same

        text, calm = soak.run(soak.Job(minutes=soak_minutes, seed=random_state), page=page, say=say)
        held = held and calm
        typer.echo(text)
    if not held:
        raise typer.Exit(1)


def _words(given: str) -> list[str]:
    return [word.strip() for word in given.split(",") if word.strip()]
