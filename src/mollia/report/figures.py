"""The report's figures: drawn, with a title and a caption, and as files to download."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from mollia.honest.calibration_error import reliability, risk_coverage
from mollia.honest.intervals import wilson_bounds
from mollia.loop.result import RunResult
from mollia.report import charts
from mollia.report.class_tables import Judged, has_label
from mollia.report.downloads import csv_link, svg_link
from mollia.report.learning_curve import learning_curve

BINS = 20  # of confidence in the histogram
POINTS = 1000  # of a curve, drawn and in its data: of a million rows all would be twenty megabytes
ENOUGH = 200  # judging rows for ten bins of confidence; five below


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure: `svg` and `csv` are links that hold the picture and the data; `legend` are (name, style)."""

    title: str
    caption: str
    drawn: Markup
    svg: str
    csv: str
    legend: tuple[tuple[str, str], ...] = ()


def figure(
    title: str,
    caption: str,
    drawn: Markup,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    legend: Sequence[tuple[str, str]] = (),
) -> Figure:
    """Return a figure with its links."""
    return Figure(
        title=title,
        caption=caption,
        drawn=drawn,
        svg=svg_link(drawn, legend),
        csv=csv_link(columns, rows),
        legend=tuple(legend),
    )


def curve(result: RunResult) -> Figure | None:
    """Return the learning curve, None where there is none."""
    shown = learning_curve(result)
    if not shown:
        return None
    return figure(
        "Learning curve",
        "The student after each round, against the rows it has learned from.",
        charts.learning_curve(shown),
        ("series", "rows", "share"),
        [(name, round(rows), share) for name, points in shown.items() for rows, share in points],
        legend=list(zip(shown, charts.SERIES, strict=False)),
    )


def confidence(result: RunResult, judged: Judged | None) -> list[Figure]:
    """Return what is drawn of the confidences: a histogram, and where rows may judge, whether they hold."""
    of_panel = result.fused.confidence[~result.fused.human & has_label(result)]
    counts = np.histogram(of_panel, bins=BINS, range=(0.0, 1.0))[0].tolist()
    histogram = charts.histogram(
        "confidences", "Confidence of the fused labels", counts, x_title="confidence"
    )
    out = [
        figure(
            "Confidence of the labels",
            "How confident the fused labels are, on the rows that nobody labelled.",
            histogram,
            ("from", "to", "rows"),
            [(k / BINS, (k + 1) / BINS, number) for k, number in enumerate(counts)],
        )
    ]
    return out if judged is None else [*out, _reliability(judged), _risk(judged)]


def n_bins(judged: Judged) -> int:
    """Return how many bins of confidence the judging rows fill."""
    return 10 if len(judged.rows) >= ENOUGH else 5


def _reliability(judged: Judged) -> Figure:
    found = reliability(
        judged.probs.max(1), judged.label == judged.truth, bins=n_bins(judged), weight=judged.weight
    )
    rows = []
    for number, stated, right, effective in zip(
        found.count.tolist(),
        found.confidence.tolist(),
        found.right.tolist(),
        found.effective.tolist(),
        strict=True,
    ):
        rows.append((stated, right, *wilson_bounds(right, effective, charts.LEVEL), number))
    return figure(
        "Reliability",
        "Stated confidence against the share right, by equal-count bins with 95% intervals. On the dotted line, "
        f"confidence holds what it says. Truth: {judged.source}.",
        charts.reliability_diagram("reliability", "Reliability diagram", found),
        ("stated confidence", "share right", "low", "high", "rows"),
        rows,
    )


def _risk(judged: Judged) -> Figure:
    found = risk_coverage(judged.probs.max(1), judged.label == judged.truth, judged.weight).thinned(POINTS)
    return figure(
        "Errors by share kept",
        f"How many labels are wrong when only the most confident rows are kept. Truth: {judged.source}.",
        charts.risk_coverage_curve("risk", "Risk-coverage curve", found),
        ("share kept", "share wrong", "confidence from"),
        list(zip(found.coverage.tolist(), found.risk.tolist(), found.threshold.tolist(), strict=True)),
    )
