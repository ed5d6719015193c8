"""The data-set card: a README.md for the labelled data, with the header that the hub reads.

Header keys and their values: https://huggingface.co/docs/hub/datasets-cards. What it tells of the panel and of accuracies
the card of a student tells too (`model_card.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mollia.data.label_columns import CLASS, LABEL, MEANING, PREFIX
from mollia.estimate import Estimate
from mollia.honest.intervals import wilson_bounds
from mollia.report.numbers import count, percent
from mollia.version import __version__

SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)
REPEATED = (
    "The labels repeat what the LLMs and the people who labelled believe, errors and prejudices included. Do not "
    "use them as ground truth for judging the LLMs that gave them."
)
LARGER = "10M<n<100M"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """What a card tells of: `labels` are the rows of each class, `summary` a run's summary.json, if any.

    `repository` is the name on the hub that the data set is loaded from, "" where it is a folder.
    """

    name: str
    n_rows: int
    labels: Mapping[str, int]
    n_human: int
    kept: Sequence[str]
    added: Sequence[str]
    summary: Mapping[str, Any] = field(default_factory=dict)
    repository: str = ""


def card(found: Labelled) -> str:
    """Return the card as markdown. License and language are left for the owner to fill in."""
    return (
        "\n".join(
            [
                *_header(found),
                *_what(found),
                *made(found.summary),
                *_quality(found),
                *losses(found.summary),
                *_columns(found),
                *_use(found),
            ]
        )
        + "\n"
    )


def _header(found: Labelled) -> list[str]:
    size = next((name for below, name in SIZES if found.n_rows < below), LARGER)
    return [
        "---",
        f"pretty_name: {json.dumps(found.name, ensure_ascii=False)}",
        "task_categories:",
        "- text-classification",
        "annotations_creators:",
        "- machine-generated",
        "size_categories:",
        f"- {size}",
        "tags:",
        "- mollia",
        "- llm-labelled",
        "# license: and language: are yours to say before you publish",
        "---",
        "",
    ]


def _what(found: Labelled) -> list[str]:
    by = found.summary.get("panel") or []
    panel = (
        f"by a panel of {count(len(by), 'LLM')} ({', '.join(map(str, by))})" if by else "by a panel of LLMs"
    )
    labelled = sum(found.labels.values())
    out = [
        f"# {found.name}",
        "",
        f"{count(found.n_rows, 'text')} in {count(len(found.labels), 'class', 'classes')}, labelled {panel} and "
        f"{count(found.n_human, 'human label')}, fused with mollia {__version__}"
        + (f" (method {found.summary['method']})." if "method" in found.summary else "."),
        "",
        "| class | rows | share of labels |",
        "| --- | --- | --- |",
    ]
    out += [
        f"| {_cell(name)} | {number:,} | {percent(number / labelled if labelled else float('nan'))} |"
        for name, number in found.labels.items()
    ]
    failed = found.n_rows - labelled
    return [
        *out,
        "",
        *([f"{count(failed, 'row')} could not be labelled; the label is blank.", ""] if failed else []),
    ]


def _quality(found: Labelled) -> list[str]:
    written = found.summary.get("accuracy_estimate")
    estimate = Estimate(**written) if written else None
    out = ["## How good the labels are", ""]
    if estimate is not None:
        out.append(
            f"An estimated {percent(estimate.value)} of the labels are right ({estimate.interval}; "
            f"{count(estimate.n_human, 'human label')}, {estimate.method}). Rows that trained or chose anything scored it "
            "only through cross-fitting."
        )
        out += [f"{caveat[:1].upper()}{caveat[1:]}." for caveat in estimate.caveats]
    else:
        out.append("No accuracy is claimed: there were too few human labels, or none.")
    said = found.summary.get("target_says")
    out += ["", " ".join(map(str, said))] if said else []
    warned = [f"- {warning}" for warning in found.summary.get("warnings", ())]
    out += ["", *warned] if warned else []
    return [
        *out,
        "",
        REPEATED,
        "",
    ]


def made(summary: Mapping[str, Any]) -> list[str]:
    """Return how labels were made: what was asked, and what each LLM did; nothing without a summary."""
    settings, llms = summary.get("settings") or {}, summary.get("llms") or []
    asked = str(settings.get("instruction") or "")
    if not (asked or llms):
        return []
    out = ["## How the labels were made", ""]
    if asked:
        out += ["The LLMs were asked:", "", *(f"> {line}" for line in asked.splitlines()), ""]
    if llms:
        out += ["| LLM | rows asked | usable answers |", "| --- | --- | --- |"]
        out += [f"| {_cell(str(each['llm']))} | {each['asked']:,} | {each['usable']:,} |" for each in llms]
        out += [""]
    return out


def losses(summary: Mapping[str, Any]) -> list[str]:
    """Return the accuracies measured against gold, the best first, whoever it is; nothing without gold."""
    against = {
        name: share
        for name, share in (summary.get("accuracy_against_gold") or {}).items()
        if share is not None
    }
    rows = int(summary.get("rows_scored_against_gold") or 0)
    if not against or not rows:
        return []
    said = (
        f"On the {count(rows, 'row')} that nobody labelled, compared with gold labels that no choice has seen "
        "(95 % intervals by Wilson):"
    )
    out = [
        said,
        "",
        "| labels of | accuracy | interval |",
        "| --- | --- | --- |",
    ]
    for name, share in sorted(against.items(), key=lambda each: -each[1]):
        low, high = wilson_bounds(share, rows, 0.95)
        out.append(f"| {_cell(name)} | {percent(share)} | {percent(low)} to {percent(high)} |")
    return [*out, ""]


def _columns(found: Labelled) -> list[str]:
    lines = ["## Columns", "", "| column | holds |", "| --- | --- |"]
    llms = set(map(str, found.summary.get("panel") or []))
    lines += [
        f"| {_cell(name)} | {'what this LLM answered' if name in llms else 'as in the source'} |"
        for name in found.kept
    ]
    return [*lines, *(f"| {_cell(name)} | {_meaning(name)} |" for name in found.added), ""]


def _meaning(column: str) -> str:
    name = re.sub(rf"^({PREFIX})+", "", column)
    if name.startswith(CLASS):
        return f"the probability of the class {_cell(name.removeprefix(CLASS))}"
    return MEANING.get(name, "")


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _use(found: Labelled) -> list[str]:
    label = next((name for name in found.added if re.fullmatch(rf"({PREFIX})*{LABEL}", name)), LABEL)
    lines = (
        ["from datasets import load_dataset", "", f'data = load_dataset("{found.repository}", split="train")']
        if found.repository
        else ["from datasets import load_from_disk", "", 'data = load_from_disk("this folder")']
    )
    return ["## Use", "", "```python", *lines, f'names = data.features["{label}"].names', "```"]
