"""Draw a run as one self-contained HTML file: no script, no request, every text escaped."""

from __future__ import annotations

import math
import os
import platform
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mollia.arrays import Floats, Rows
from mollia.honest.calibration_error import brier, expected_calibration_error, log_loss
from mollia.loop.result import RunResult
from mollia.note import Note
from mollia.report import agreement, charts, figures, headline, panel_worth, trust
from mollia.report.bibtex import bibtex
from mollia.report.class_tables import (
    Judged,
    class_table,
    confusion,
    judged_by_people,
    judged_rows,
)
from mollia.report.downloads import csv_link
from mollia.report.methods import methods
from mollia.report.numbers import count, percent
from mollia.report.panel_table import LLMRow, disagreements, llm_table
from mollia.report.svg import printable
from mollia.report.toml_text import toml_text
from mollia.version import __version__
from mollia.whole_files import write_text

MOST_SHOWN = 30  # classes up to which the confusion is shown as shares too; of more it is a file
LIBRARIES = ("numpy", "scipy", "scikit-learn", "xgboost-cpu", "xgboost", "pyarrow")


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
    told = [(said, isinstance(said, Note)) for said in _warnings(result)]
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
            warnings=told,
            warnings_heading=_heading(told),
            **_scores(result),
            learning_curve=figures.curve(result),
            charts=figures.confidence(result, judged),
            confidence_sentence=_confidence(judged),
            numbered=_numbering(),
            most_shown=MOST_SHOWN,
            origin=result.origin,
            trust=trust.notes(result, target),
            judged_by=judged.source if judged else "",
            **_classes(result, judged),
            **_panel(llms, people),
            worth=panel_worth.rows(result),
            disagreements=disagreements(result),
            methods=paragraphs,
            sources_cited=cited,
            bibtex=bibtex(cited),
            agreement=agreement.sentences(result),
            settings=toml_text(_said(result.changed or result.settings)),
            versions=_versions(),
        )
    )


def _warnings(result: RunResult) -> list[str]:
    notes = [*result.warnings, *(note for note in result.fused.notes if note not in result.warnings)]
    told = [*notes, *trust.drift_warning(result)]
    return sorted(told, key=lambda said: isinstance(said, Note))


def _heading(told: Sequence[tuple[str, bool]]) -> str:
    inform = [informs for _, informs in told]
    return "Notes" if all(inform) else "Warnings and notes" if any(inform) else "Warnings"


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
    environment.filters |= {"percent": percent, "count": count, "file": _file_name}
    return environment


def _file_name(number: str) -> str:
    """Return `Figure 1.` as `figure-1`."""
    return number.rstrip(".").lower().replace(" ", "-")


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


def _numbering() -> Callable[[str], str]:
    """Return what counts figures and tables in the order of the page."""
    counts = Counter[str]()

    def numbered(kind: str) -> str:
        counts[kind] += 1
        return f"{kind} {counts[kind]}."

    return numbered


def _confidence(judged: Judged | None) -> str:
    if judged is None:
        return "The confidences are uncalibrated: nothing has checked them against a person."
    confidence, right = judged.probs.max(1), judged.label == judged.truth
    bins, weight = figures.n_bins(judged), judged.weight
    ece = expected_calibration_error(confidence, right, bins=bins, weight=weight)
    return (
        f"Stated confidence is off by {100 * ece:.1f} points on average (expected calibration error, {bins} equal-count "
        f"bins; Brier score {brier(judged.probs, judged.truth, weight):.3f}, log loss "
        f"{log_loss(judged.probs, judged.truth, weight):.3f}), judged on {count(len(right), 'row')} by {judged.source}."
    )


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
    shares = found.counts / most
    cells = [
        [
            {
                "number": int(number),
                "share": float(shares[k, j]),
                "diagonal": k == j,
                "heat": round(55 * float(shares[k, j])),
            }
            for j, number in enumerate(line)
        ]
        for k, line in enumerate(found.counts)
    ]
    columns = ("true class", *result.classes)
    return {
        "classes": rows,
        "class_axis": axis,
        "confusion": {
            "source": found.source,
            "estimated": found.estimated,
            "rows": cells,
            "csv": csv_link(columns, _named(result.classes, found.counts)),
            "shares_csv": csv_link(columns, _named(result.classes, shares)),
        },
    }


def _named(classes: Sequence[str], values: Rows | Floats) -> list[list[object]]:
    return [[name, *line] for name, line in zip(classes, values.tolist(), strict=True)]


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
                "on_gold": llm.on_gold,
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
