"""`mollia bench record`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia.invocation import command


def record(
    path: Annotated[
        Path, typer.Argument(help="The task file of a panel that was asked.", metavar="TASK.TOML")
    ],
    name: Annotated[str, typer.Option(help="The set's name in labels.json.")],
    out: Annotated[Path, typer.Option(help="Folder of recorded panels; other sets in it stay.")],
    licence: Annotated[
        str, typer.Option(help="The terms of texts and answers, for whoever gets the folder.")
    ] = "not stated",
) -> None:
    """Write a task's texts, gold and answers as a recorded panel that the benchmarks read."""
    from mollia.task.load import load_task  # noqa: PLC0415  # --help does without
    from mollia_benchmarks import record as recording  # noqa: PLC0415  # the same

    rows = recording.record(load_task(path), name=name, out=out, licence=licence)
    typer.echo(f"{name}: {rows:,} rows -> {out / f'{name}_pool.parquet'}")
    typer.echo(f"Compare fusers on them with: {command('bench', 'fusion', '--data', out, '--sets', name)}")
