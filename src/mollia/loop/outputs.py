"""The files of a run: labels.csv and summary.json (the report comes from `mollia.report`)."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mollia.data.label_columns import UNLABELLED
from mollia.data.labels_file import MoreColumns, write_labels
from mollia.loop.result import RunResult
from mollia.quality.gold_scores import disagreement, llm_labels
from mollia.quality.panel_labels import labelled
from mollia.quality.target import Promise, promise
from mollia.session.run_folder import LABELS, SUMMARY
from mollia.text_format import UTF_8, TextFormat
from mollia.version import __version__
from mollia.whole_files import write_text


def write_outputs(
    result: RunResult,
    folder: Path,
    *,
    kept: Promise | None = None,
    text_format: TextFormat = UTF_8,
) -> tuple[Path, Path]:
    """Write labels.csv (in the data's text format, if given) and summary.json; return their paths.

    With `kept`, what holds a target accuracy, labels.csv has a column accept.

    Raises
    ------
    DataError
        When a file cannot be written.
    """
    labels, summary = folder / LABELS, folder / SUMMARY
    write_labels_of(result, labels, kept=kept, text_format=text_format)
    write_summary(result, summary, kept=kept)
    return labels, summary


def write_labels_of(
    result: RunResult,
    path: Path,
    *,
    kept: Promise | None = None,
    text_format: TextFormat = UTF_8,
    only: Sequence[str] = (),
) -> None:
    """Write the rows with their labels to one file; see `write_labels`."""
    write_labels(
        path,
        result.pool,
        result.classes,
        result.fused,
        result.source,
        more=more_columns(result, kept),
        text_format=text_format,
        only=only,
    )


def more_columns(result: RunResult, kept: Promise | None = None) -> MoreColumns:
    """Return what a run knows of its rows beside their labels."""
    own = llm_labels(result.panel)  # (n, N)
    return MoreColumns(
        disagreement=disagreement(result.panel, result.fused.label, result.names_none),
        student_probs=result.student_probs,
        accept=None if kept is None else kept.rows,
        llms={llm: own[:, i] for i, llm in enumerate(result.panel.llms)},
    )


def write_summary(result: RunResult, path: Path, *, kept: Promise | None = None) -> None:
    """Write the figures as JSON."""
    write_text(path, json.dumps(summary_of(result, kept), indent=2, ensure_ascii=False) + "\n")


def promised(result: RunResult, target: float) -> Promise:
    """Return which of a run's labels hold a target accuracy."""
    return promise(
        result.judging,
        result.fused.posterior,
        labelled=labelled(result.source),
        human=result.fused.human,
        target=target,
    )


def summary_of(result: RunResult, kept: Promise | None = None) -> dict[str, Any]:
    """Return the run's figures as plain values for JSON."""
    sources = Counter(result.source)
    counts = Counter(
        result.classes[k]
        for k, where in zip(result.fused.label.tolist(), result.source, strict=True)
        if where not in UNLABELLED
    )
    return {
        "name": result.name,
        "mollia": __version__,
        "status": result.completeness.status,
        "exit_code": result.completeness.exit_code,
        "lacking": list(result.completeness.lacking),
        "partial": result.completeness.partial,
        "stopped": result.stopped,
        "rows": len(result.pool),
        "labelled": result.n_labelled,
        "sources": dict(sources),
        "human_labels": len(result.seed),
        "classes": {name: counts[name] for name in result.classes},
        "method": result.fused.method,
        "calibrated": result.fused.calibrated,
        "negative_labels_expected_wrong": _number(result.fused.negative_share),  # of the rows
        "accuracy_estimate": None if result.estimate is None else asdict(result.estimate),
        "accuracy_measured": _measured(result),
        "accuracy_estimate_held": result.estimate_held,
        "target_accuracy": None if kept is None else kept.target,
        "accepted": None if kept is None else int(kept.rows.sum()),
        "target_says": [] if kept is None else kept.notes,
        "accuracy_against_gold": {name: score.accuracy.value for name, score in result.scores.items()},
        "confidence_against_gold": {name: score.stated for name, score in result.scores.items()},
        "reviews_to_90_percent": {name: score.reviews for name, score in result.scores.items()},
        "rows_scored_against_gold": result.scored_rows,
        "panel": list(result.panel.llms),
        **_asking(result),
        "not_asked": result.not_asked,
        "cascade_loses_at_most": result.cascade_at_most,  # in 9 of 10 panels
        "worth": [
            {"llm": e.llm, "missed": e.missed, "cost": e.cost, "faults": e.faults} for e in result.worth
        ],
        "would_help_most": list(result.outlook),
        "seconds": round(result.seconds, 2),
        "problems": {llm: dict(kinds) for llm, kinds in result.problems.items() if kinds},
        "rounds": [
            {
                "round": each.number,
                "rows": len(each.asked),
                "discrepant": len(each.discrepant),
                "alpha": each.alpha,
                "lambda": each.lambda_,
                **each.scores,
            }
            for each in result.rounds
        ],
        "random_rows_instead": [{"rows": rows, **scores} for rows, scores in result.at_random],
        "warnings": list(result.warnings),
        "command": result.command or None,
        "settings": result.settings,
    }


def _asking(result: RunResult) -> dict[str, Any]:
    """Return what came of asking each LLM, and what asking has cost over all runs of the task."""
    spent = result.spending
    return {
        "llms": [
            {
                "llm": each.llm,
                "asked": each.asked,
                "usable": each.usable,
                "failed": each.has_failed,
                "why": each.stopped or each.paused or each.why,
            }
            for each in result.completeness.llms
        ],
        "named_no_class": [
            {"reply": e.reply, "times": e.times, "llms": list(e.llms)} for e in result.named_no_class
        ],
        "calls": spent.calls,
        "calls_of_this_run": result.calls_now,
        "prompt_tokens": spent.prompt_tokens,
        "reply_tokens": spent.reply_tokens,
        "money": spent.money,
        "seconds_of_asking": round(spent.seconds, 2),
    }


def _measured(result: RunResult) -> dict[str, float] | None:
    """Return the accuracy against gold, None without gold."""
    found = result.measured
    if found is None:
        return None
    return {
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "level": found.level,
        "rows": found.n_rows,
    }


def _number(value: float) -> float | None:
    """Return a figure for JSON, which has no NaN."""
    return None if math.isnan(value) else value
