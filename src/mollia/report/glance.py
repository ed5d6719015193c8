"""A result at a glance, for a notebook: what was labelled, the figure with its interval, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from mollia.loop.result import RunResult
from mollia.report import headline
from mollia.report.class_tables import has_label
from mollia.report.numbers import percent, shorten
from mollia.report.panel_table import llm_table
from mollia.report.svg import printable

MOST_CLASSES = 12
BLOCK = Markup(
    '<div style="max-width: 48em"><p><b>{name}</b>: {labelled}</p>{figures}<p>{accuracy}</p>'
    "<p><b>Next:</b> {action} {reason}</p><p>{classes}</p>{warnings}</div>"
)
FIGURE = Markup('<p style="margin: 0"><b style="font-size: 1.6em">{value}</b> right, {how}; {interval}</p>')
WARNINGS = Markup("<details><summary>{n}</summary><ul>{items}</ul></details>")


def glance(result: RunResult) -> str:
    """Return a few lines of HTML; every text of the data is escaped."""
    step = next(iter(headline.next_steps(result, llm_table(result))), None)
    sentences = [headline.measured_sentence(result), headline.accuracy_sentence(result)]
    warnings = list(dict.fromkeys([*result.warnings, *result.fused.notes]))
    return BLOCK.format(
        name=_said(result.name),
        labelled=_said(headline.what_was_labelled(result)),
        figures=Markup("").join(_figures(result)),
        accuracy=_said(" ".join(filter(None, sentences))),
        action=_said("Nothing is left to do." if step is None else step.action),
        reason=_said("" if step is None else step.reason),
        classes=_said(_classes(result)),
        warnings=_notes(warnings),
    )


def line(result: RunResult) -> str:
    """Return one line for a terminal."""
    said = f"{result.n_labelled:,} of {len(result.source):,} rows labelled in {len(result.classes)} classes"
    if result.estimate is not None:
        return f"{said}; {percent(result.estimate.value)} right, {result.estimate.interval}"
    return f"{said}; no accuracy figure"


def _figures(result: RunResult) -> list[Markup]:
    found = [("measured", result.measured), ("estimated", result.estimate)]
    return [
        FIGURE.format(value=percent(each.value), how=how, interval=each.interval)
        for how, each in found
        if each is not None
    ]


def _classes(result: RunResult) -> str:
    given = np.bincount(result.fused.label[has_label(result)], minlength=len(result.classes))
    order = np.argsort(-given, kind="stable")
    shown = [f"{shorten(result.classes[k], 60)} {given[k]:,}" for k in order[:MOST_CLASSES].tolist()]
    more = len(order) - MOST_CLASSES
    return "Labels: " + ", ".join(shown) + (f", and {more} more classes" if more > 0 else "") + "."


def _notes(warnings: Sequence[str]) -> Markup:
    if not warnings:
        return Markup("")
    items = Markup("").join(Markup("<li>{}</li>").format(_said(each)) for each in warnings)
    n = len(warnings)
    return WARNINGS.format(n=f"{n} note{'' if n == 1 else 's'}", items=items)


def _said(text: str) -> str:
    return printable(text)
