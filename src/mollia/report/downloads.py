"""Files inside a page: links that hold a figure or its data themselves, so that nothing is loaded and no script runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from mollia.report.charts import HEIGHT, WIDTH
from mollia.report.svg import printable, standalone, with_legend

PLAIN = "/:;,=()!*'~ "  # characters that may stand in a data: link as they are


def svg_link(chart: str, legend: Sequence[tuple[str, str]] = ()) -> str:
    """Return a chart as a data: link to a picture of its own, with its legend (name, style of the line)."""
    whole = with_legend(chart, legend, (WIDTH, HEIGHT))
    return "data:image/svg+xml;charset=utf-8," + quote(standalone(whole), safe=PLAIN)


def csv_link(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as a data: link to a CSV file; shares keep six digits."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([printable(name) for name in columns])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return "data:text/csv;charset=utf-8," + quote(out.getvalue(), safe=PLAIN)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return printable(str(value))
