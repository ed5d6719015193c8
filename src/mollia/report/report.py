"""Draw a run as one self-contained HTML file: no script, no request, every text escaped."""

from __future__ import annotations

import math
import os
import platform
from collections import Counter
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mollia.honest.calibration_error import (
    brier,
    expected_calibration_error,
    log_loss,
    reliability,
    risk_coverage,
)
from mollia.loop.result import RunResult
from mollia.report import charts, headline, panel_worth, trust
from mollia.report.class_tables import (
    Judged,
    class_table,
    confusion,
    has_label,
    judged_by_people,
    judged_rows,
)
from mollia.report.learning_curve import learning_curve
from mollia.report.methods import methods
from mollia.report.numbers import count, percent
from mollia.report.panel_table import LLMRow, disagreements, llm_table
from mollia.report.svg import printable
from mollia.report.toml_text import toml_text
from mollia.version import __version__
from mollia.whole_files import write_text

LIBRARIES = ("numpy", "scipy", "scikit-learn", "xgboost-cpu", "xgboost", "pyarrow")
ENOUGH = 200  # judging rows for ten bins of confidence; five below


def write_report(result: RunResult, path: str | os.PathLike[str], *, target: float | None = None) -> None:
    """Write the report of a finished or partial run to `path` (UTF-8 HTML); `target` is an accuracy to hold.

    Raises
    ------
    DataError
        When the place cannot be written to.
    """
    write_text(Path(path), render_report(result, target=target))


def render_report(result: RunResult, *, target: float | None = None) -> str:
    """Return the report of a finished or partial run as one HTML document."""
    people = judged_by_people(result)
    llms = llm_table(result)
    judged = judged_rows(result)
    paragraphs, cited = methods(result)
    return (
        _environment()
        .get_template("report.html")
        .render(
            result=result,
            version=__version__,
            css=_css(),
            labelled=headline.what_was_labelled(result),
            accuracy=headline.accuracy_sentence(result),
            measured=headline.measured_sentence(result),
            held=headline.held_sentence(result),
            measured_scale=result.measured and charts.interval_scale("measured", result.measured),
            estimate_scale=result.estimate and charts.interval_scale("estimated", result.estimate),
            cost=headline.cost(result),
            sources=Counter(result.source).most_common(),
            steps=headline.next_steps(result, llms),
            warnings=_warnings(result),
            **_scores(result),
            **_learning_curve(result),
            **_confidence(result, judged),
            trust=trust.notes(result, target),
            **_classes(result, judged),
            **_panel(llms, people),
            worth=panel_worth.rows(result),
            disagreements=disagreements(result),
            methods=paragraphs,
            sources_cited=cited,
            settings=toml_text(_said(result.settings)),
            versions=_versions(),
        )
    )


def _warnings(result: RunResult) -> list[str]:
    notes = [*result.warnings, *(note for note in result.fused.notes if note not in result.warnings)]
    return [*notes, *trust.drift_warning(result)]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("mollia.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: printable(value) if type(value) is str else value,
    )
    environment.filters |= {"percent": percent, "count": count}
    return environment


def _css() -> Markup:
    text = files("mollia.report").joinpath("templates/report.css").read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704  # our own style sheet


def _scores(result: RunResult) -> dict[str, object]:
    found = [score.accuracy for score in result.scores.values()]
    if not found:
        return {"scores": [], "score_axis": (0.0, 1.0)}
    axis = charts.share_range([e for estimate in found for e in (estimate.low, estimate.high)])
    rows = [
        {
            "name": name,
            "estimate": score.accuracy,
            "stated": score.stated,
            "reviews": score.reviews,
            "best": position == 0,
            "strip": charts.interval_strip(f"score-{position}", f"Accuracy of {name}", score.accuracy, axis),
        }
        for position, (name, score) in enumerate(result.scores.items())
    ]
    return {"scores": rows, "score_axis": axis}


def _learning_curve(result: RunResult) -> dict[str, object]:
    shown = learning_curve(result)
    if not shown:
        return {"learning_curve": "", "curve_legend": []}
    drawn = charts.curve(
        "curve", "Learning curve", shown, x_title="rows the student has learned from", y_title="share"
    )
    return {"learning_curve": drawn, "curve_legend": list(zip(shown, charts.SERIES, strict=False))}


def _confidence(result: RunResult, judged: Judged | None) -> dict[str, object]:
    of_panel = result.fused.confidence[~result.fused.human & has_label(result)]
    counts = np.histogram(of_panel, bins=20, range=(0.0, 1.0))[0].tolist()
    out: dict[str, object] = {
        "confidence_histogram": charts.histogram(
            "confidences", "Confidence of the fused labels", counts, x_title="confidence"
        ),
        "reliability": "",
        "risk_coverage": "",
        "judged_by": judged.source if judged else "",
    }
    if judged is None:
        return out | {
            "confidence_sentence": "The confidences are uncalibrated: nothing has checked them against a person."
        }
    confidence, right = judged.probs.max(1), judged.label == judged.truth
    bins = 10 if len(right) >= ENOUGH else 5
    weight = judged.weight
    ece = expected_calibration_error(confidence, right, bins=bins, weight=weight)
    return out | {
        "confidence_sentence": f"Stated confidence is off by {100 * ece:.1f} points on average (expected "
        f"calibration error, {bins} equal-count bins; Brier score {brier(judged.probs, judged.truth, weight):.3f}, log loss "
        f"{log_loss(judged.probs, judged.truth, weight):.3f}), judged on {count(len(right), 'row')} by {judged.source}.",
        "reliability": charts.reliability_diagram(
            "reliability", "Reliability diagram", reliability(confidence, right, bins=bins, weight=weight)
        ),
        "risk_coverage": charts.risk_coverage_curve(
            "risk", "Risk-coverage curve", risk_coverage(confidence, right, weight)
        ),
    }


def _classes(result: RunResult, judged: Judged | None) -> dict[str, object]:
    table = class_table(result, judged)
    top = max([0.1, *(row.estimated.high if row.estimated else row.share for row in table)])
    axis = (0.0, min(1.0, math.ceil(top * 10 - 1e-9) / 10))
    rows = [
        {
            "name": row.name,
            "given": row.given,
            "share": row.share,
            "estimated": row.estimated,
            "in_seed": row.in_seed,
            "support": row.figures.support,
            "figures": (row.figures.precision, row.figures.recall, row.figures.f1),
            "strip": charts.interval_strip(
                f"class-{k}", f"Share of {row.name} in the pool", row.estimated, axis
            )
            if row.estimated
            else charts.bar(f"class-{k}", f"Share of labels given to {row.name}", row.share, top=axis[1]),
        }
        for k, row in enumerate(table)
    ]
    if judged is None:
        return {"classes": rows, "class_axis": axis, "confusion": None}
    found = confusion(result, judged)
    most = np.maximum(found.counts.sum(1, keepdims=True), 1)
    cells = [
        [
            {"number": int(number), "diagonal": k == j, "heat": round(55 * float(number / most[k, 0]))}
            for j, number in enumerate(line)
        ]
        for k, line in enumerate(found.counts)
    ]
    return {
        "classes": rows,
        "class_axis": axis,
        "confusion": {"source": found.source, "estimated": found.estimated, "rows": cells},
    }


def _panel(llms: list[LLMRow], people: Judged | None) -> dict[str, object]:
    rows: list[Mapping[str, object]] = []
    for position, llm in enumerate(llms):
        strip = llm.on_seed and charts.interval_strip(
            f"llm-{position}", f"Share right of {llm.name}", llm.on_seed, (0.0, 1.0)
        )
        rows.append(
            {
                "name": llm.name,
                "asked": llm.asked,
                "answered": llm.answered,
                "agreement": llm.agreement,
                "on_seed": llm.on_seed,
                "notes": llm.notes,
                "strip": strip,
            }
        )
    judged_on = ""
    if people is not None and any(llm.on_seed for llm in llms):
        judged_on = f"those of {count(len(people.rows), 'row')} that it answered: {people.source}"
    return {"llms": rows, "llms_judged_on": judged_on}


def _said(settings: Mapping[str, object]) -> dict[str, object]:
    """Leave out lists, descriptions and guidelines that are empty: nothing was said there."""
    out: dict[str, object] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping):
            out[key] = _said(value)
        elif isinstance(value, (list, tuple)) and value:
            out[key] = [_said(each) if isinstance(each, Mapping) else each for each in value]
        elif not isinstance(value, (list, tuple)) and not (
            value == "" and key in {"description", "guidelines"}
        ):
            out[key] = value
    return out


def _versions() -> str:
    said = [f"mollia {__version__}", f"Python {platform.python_version()}"]
    for name in LIBRARIES:
        try:
            said.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(said) + "."
