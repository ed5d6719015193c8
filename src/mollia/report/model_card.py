"""The card of a student: a README.md for a classifier on the hub, with the header that the hub reads.

Header keys and their values: https://huggingface.co/docs/hub/model-cards.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mollia.estimate import Estimate
from mollia.invocation import NAME
from mollia.portable.sklearn_file import TRUSTED
from mollia.report.card import REPEATED, losses, made
from mollia.report.numbers import count, percent
from mollia.version import __version__

Form = Literal["sklearn", "module", "onnx", "words and tokens", "vectors", "pixels"]
PACKAGES = {
    "onnx": "transformers.js",
    "sklearn": "sklearn",
}  # by the form that the hub's page shows how to use
FEEDS = {
    "pixels": "pixels=pixels",
    "vectors": "vectors=vectors",
    "words and tokens": "columns=columns, counts=counts, input_ids=input_ids, attention_mask=attention_mask",
}  # what a model takes that no library knows of by itself
MEANT = {
    "pixels": "`pixels` (uint8, n by 32 by 32 by 3) are images made that small.",
    "vectors": "`vectors` (float64, n by d) are the numbers as they came; features.json names their columns.",
    "words and tokens": "Words and pieces are counted by features.json, tokens come from tokenizer.json.",
}
TASKS = {"images": "image-classification", "texts": "text-classification"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifier:
    """What a card tells of: the student's classes, what it reads, the forms beside it, and a run's summary.json, if any.

    `repository` is its name on the hub, "" where it is a folder.
    """

    classes: Sequence[str]
    reads: str
    forms: Sequence[Form]
    summary: Mapping[str, Any]
    repository: str = ""


def model_card(student: Classifier) -> str:
    """Return the card as markdown. License and language are left for the owner to fill in."""
    name = str(student.summary.get("name") or student.repository.rpartition("/")[2] or "student")
    package = next((PACKAGES[form] for form in student.forms if form in PACKAGES), None)
    task = TASKS.get(student.reads, "tabular-classification")
    lines = [
        "---",
        f"pipeline_tag: {task}",
        *([f"library_name: {package}"] if package else []),
        "tags:",
        "- mollia",
        f"- {task}",
        "# license: and language: are yours to say before you publish",
        "---",
        "",
        f"# {' '.join(name.split())}",
        "",
        f"A classifier of {count(len(student.classes), 'class', 'classes')} that reads {student.reads}, written by mollia {__version__}.",
        "",
        *(f"- {json.dumps(each, ensure_ascii=False)}" for each in student.classes),
        "",
        *_learned(student.summary),
        *made(student.summary),
        *_quality(student.summary),
        *_use(student),
    ]
    return "\n".join(lines) + "\n"


def _learned(summary: Mapping[str, Any]) -> list[str]:
    if not summary:
        return ["What it learned from is not known: there was no summary.json beside it.", ""]
    by = ", ".join(map(str, summary.get("panel") or [])) or "LLMs"
    rows = count(int(summary.get("labelled") or 0), "row")
    people = count(int(summary.get("human_labels") or 0), "label")
    said = f"It learned from the labels of {rows}: {people} by people, the others fused from the answers of {by}."
    return [said, ""]


def _quality(summary: Mapping[str, Any]) -> list[str]:
    written = summary.get("accuracy_estimate")
    measured = losses(summary)
    out = ["## How good it is", ""]
    if measured:
        out += measured
    else:
        out += ["Its own accuracy was not measured: there were no gold labels to compare it with.", ""]
    if written:
        found = Estimate(**written)
        said = (
            f"Of the labels it learned from, an estimated {percent(found.value)} are right ({found.interval}; "
            f"{count(found.n_human, 'human label')}, {found.method}). That is the figure of the labels, not of this classifier, "
            "which makes mistakes of its own."
        )
        out += [said, ""]
    warned = [f"- {warning}" for warning in summary.get("warnings", ())]
    return [*out, *warned, *([""] if warned else []), REPEATED, ""]


def _use(student: Classifier) -> list[str]:
    where = student.repository or "this-folder"
    out = ["## Use", "", "With mollia, from a copy of this repository:", "", "```sh"]
    if student.repository:
        out += [
            f"hf download {where} --local-dir classifier",
            f"{NAME} predict classifier/student new.csv --out labelled.csv",
            "```",
            "",
        ]
    else:
        out += [f"{NAME} predict student new.csv --out labelled.csv", "```", ""]
    if "sklearn" in student.forms:
        out += [
            "With scikit-learn and skops alone:",
            "",
            "```python",
            "from skops.io import load",
            "",
            f'student = load("student.skops", trusted={json.dumps(TRUSTED)})',
            'print(student.predict(["a text"]))',
            "```",
            "",
        ]
    if "module" in student.forms:
        out += [
            "In JavaScript, without packages:",
            "",
            "```javascript",
            'import { openStudent } from "./student.mjs";',
            "",
            "const student = await openStudent();",
            'console.log(student(["a text"]));',
            "```",
            "",
        ]
    if "onnx" in student.forms:
        out += [
            "With transformers.js:",
            "",
            "```javascript",
            'import { pipeline } from "@huggingface/transformers";',
            "",
            f'const classify = await pipeline("text-classification", "{where}");',
            'console.log(await classify(["a text"], { top_k: null }));',
            "```",
            "",
        ]
    return [*out, *(line for form in student.forms if form in FEEDS for line in _by_onnxruntime(form))]


def _by_onnxruntime(form: Form) -> list[str]:
    return [
        f"With onnxruntime. {MEANT[form]} Mollia's page on exports has the whole program.",
        "",
        "```python",
        "import onnxruntime",
        "",
        'session = onnxruntime.InferenceSession("onnx/model.onnx")',
        f'(probabilities,) = session.run(["probabilities"], dict({FEEDS[form]}))',
        "```",
        "",
    ]
