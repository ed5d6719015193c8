"""How `mollia fuse` grows: resampled panels of growing size, each fused by the command line in a process of its own."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from mollia.whole_files import write_text
from mollia_benchmarks.plot import plot
from mollia_benchmarks.scale_file import write_panel
from mollia_benchmarks.scale_panel import Source
from mollia_benchmarks.tables import table

FOUND = "scale.json"
FROM = 30_000  # rows from which on an exponent is told: below, what does not grow outweighs the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One run of the command: seconds by the clock and of the processors, peak memory in MB, accuracy against gold."""

    panel: str
    ending: str
    rows: int
    wall: float
    cpu: float
    memory: float
    accuracy: float


def run(
    panels: Sequence[Source],
    rows: Sequence[int],
    endings: Sequence[str],
    out: Path,
    *,
    say: Callable[[str], None],
) -> str:
    """Measure what is not in `out` yet, write scale.json and scale.svg there, and return the tables."""
    out.mkdir(parents=True, exist_ok=True)
    kept = out / FOUND
    found = [Cell(**each) for each in json.loads(kept.read_text("utf-8"))] if kept.exists() else []
    done = {(each.panel, each.ending, each.rows) for each in found}
    for taken in panels:
        for ending in endings:
            for n in rows:
                if (_name(taken), ending, n) not in done:
                    found.append(_measure(taken, n, out / f"panel.{ending}"))
                    write_text(kept, json.dumps([asdict(each) for each in found], indent=1) + "\n")
                    say(f"{found[-1]}")
    write_text(out / "scale.svg", picture(found))
    return report(found)


def _name(taken: Source) -> str:
    return f"{taken.name}, {len(taken.llms)} LLMs, {len(taken.classes)} classes"


def _measure(taken: Source, n: int, path: Path) -> Cell:
    seed = write_panel(taken, n, path)
    labelled = path.with_name(f"labels{path.suffix}")
    command = [
        *(sys.executable, "-m", "mollia", "fuse", str(path), "--labels", ",".join(taken.classes)),
        *("--seed-labels", str(seed), "--gold", "gold", "--out", str(labelled)),
    ]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:  # noqa: S603  # our own command
        said = child.stdout.read() if child.stdout is not None else ""
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    if child.returncode:
        raise RuntimeError(f"mollia fuse ended with {child.returncode}: {said}")
    accuracy = float(said.partition("mollia's labels ")[2].partition(",")[0])
    for file in (path, seed, labelled):
        file.unlink()
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes
    return Cell(
        panel=_name(taken),
        ending=path.suffix.removeprefix("."),
        rows=n,
        wall=wall,
        cpu=used.ru_utime + used.ru_stime,
        memory=used.ru_maxrss * unit / 1e6,
        accuracy=accuracy,
    )


def exponent(cells: Sequence[Cell]) -> float:
    """Return the slope of the logarithm of processor seconds over that of the rows, NaN with fewer than two sizes."""
    some = [each for each in cells if each.rows >= FROM]
    if len(some) < 2:  # noqa: PLR2004  # a line needs two
        return float("nan")
    return float(np.polyfit(np.log([each.rows for each in some]), np.log([each.cpu for each in some]), 1)[0])


def _lines(found: Sequence[Cell]) -> dict[tuple[str, str], list[Cell]]:
    lines: dict[tuple[str, str], list[Cell]] = {}
    for each in sorted(found, key=lambda cell: cell.rows):
        lines.setdefault((each.panel, each.ending), []).append(each)
    return lines


def report(found: Sequence[Cell]) -> str:
    """Return a table of all runs, the exponents, and what machine it was."""
    rows = [
        [
            *(each.panel, each.ending, f"{each.rows:,}", f"{each.wall:.0f}", f"{each.cpu:.0f}"),
            *(f"{each.memory:,.0f}", f"{each.accuracy:.3f}"),
        ]
        for cells in _lines(found).values()
        for each in cells
    ]
    header = ["panel", "file", "rows", "seconds", "CPU seconds", "peak MB", "accuracy"]
    slopes = [
        f"{panel}, {ending}: {exponent(cells):.2f}"
        for (panel, ending), cells in _lines(found).items()
        if np.isfinite(exponent(cells))
    ]
    said = (
        f"Exponent of CPU seconds over rows, from {FROM:,} rows on: {'; '.join(slopes)}.\n" if slopes else ""
    )
    return f"{table(header, rows)}\n{said}{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}.\n"


def picture(found: Sequence[Cell]) -> str:
    """Return an SVG of seconds and memory over rows, for the sizes at which all files were measured."""
    lines = _lines(found)
    common = (
        sorted(set.intersection(*[{each.rows for each in cells} for cells in lines.values()]))
        if lines
        else []
    )
    shown = {
        f"{panel}, {ending}": [c for c in cells if c.rows in common]
        for (panel, ending), cells in lines.items()
    }
    return plot(
        {
            "CPU seconds": {name: [each.cpu for each in cells] for name, cells in shown.items()},
            "peak MB": {name: [each.memory for each in cells] for name, cells in shown.items()},
        },
        common,
        x_name="rows",
        y_name="mollia fuse over rows",
    )
