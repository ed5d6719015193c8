"""`mollia demo`: the whole loop, offline, on an embedded recorded panel."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from mollia.cli.run import run_and_write

EMBEDDED = ("task.toml", "consumer_complaints.parquet", "ATTRIBUTION.md")


def demo(
    out: Annotated[Path, typer.Option("--out", help="The folder to write to.")] = Path("demo"),
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Label 1,000 consumer complaints with 14 recorded LLMs and 50 human labels, offline."""
    out.mkdir(parents=True, exist_ok=True)
    source = files("mollia.data") / "demo"
    for name in EMBEDDED:
        (out / name).write_bytes((source / name).read_bytes())
    run_and_write(out / "task.toml", ask=True, quiet=quiet)
