"""`mollia bench scale-run`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from mollia_benchmarks.cli.options import Out, numbers, say, words


def scale_run(
    rows: Annotated[str, typer.Option(help="Numbers of rows.")] = "30000,100000,1000000",
    parts: Annotated[str, typer.Option(help="What is measured.")] = "predict,query,ledger,run,again",
    out: Out = Path("bench-scale-run"),
) -> None:
    """Measure labelling, choosing rows, the ledger and whole runs at growing numbers of rows."""
    import json  # noqa: PLC0415  # the other commands do without

    from mollia_benchmarks.scale_run import measure, report  # noqa: PLC0415  # the same

    out.mkdir(parents=True, exist_ok=True)
    measured: dict[str, dict[int, dict[str, float]]] = {}
    for part in words(parts):
        for n in numbers(rows):
            kept = out / f"{part}.{n}.json"
            if not kept.is_file():
                say(f"{part}, {n:,} rows")
                with tempfile.TemporaryDirectory(prefix="mollia-scale-") as folder:
                    kept.write_text(json.dumps(measure(part, n, Path(folder))), "utf-8")
            measured.setdefault(part, {})[n] = json.loads(kept.read_text("utf-8"))
    text = report(measured)
    (out / "scale-run.md").write_text(text, "utf-8")
    typer.echo(text)
