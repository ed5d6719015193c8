"""`mollia adapt task.toml --to new.csv`: a finished task carried to new data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mollia.cli.output import current
from mollia.invocation import command
from mollia.task.task_file import TASK

if TYPE_CHECKING:
    from mollia.honest.label_shift import LabelShift
    from mollia.usecases.adapt import Adapted
    from mollia.usecases.saved import Saved

SHOWN = 5  # classes whose shares moved most
EXAMPLES = {
    "Carry a finished task to next year's texts": "adapt task.toml --to new.csv",
    "The same command again, once the rows it wrote are labelled": "adapt task.toml --to new.csv",
    "To another language, whose answers were recorded elsewhere": "adapt task.toml --to es.csv --answers es-answers.csv --out es",
}


def adapt(
    task: Annotated[Path, typer.Argument(help="The task file of a finished task.")],
    *,
    to: Annotated[
        Path,
        typer.Option(
            "--to",
            help="The new data, with the same columns; their separator is the old data's, or the one that is recognised.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="The folder for the task of the new data.")] = Path(
        "adapted"
    ),
    n: Annotated[
        int, typer.Option("--n", min=1, help="How many of the new rows people label, in total.")
    ] = 20,
    answers: Annotated[
        Path | None,
        typer.Option(
            "--answers", help="Where recorded LLMs' answers to the new rows are, if not in the new data."
        ),
    ] = None,
) -> None:
    """Carry a finished task to new data: another source, year or language.

    Tests what differs, and writes a folder with a task whose fuser also learns from the finished task's human
    labels, and the few new rows to label. No LLM is asked; what is there is kept.
    """
    from mollia.usecases.adapt import adapt as carry  # noqa: PLC0415  # heavy: keeps --help fast

    said = current()
    with said.progress() as progress:
        found = carry(task, to, out, n=n, answers=answers, say=said.note, progress=progress)
    said.give(**_as_json(found))
    said.say(*_lines(found))
    file = found.folder / TASK
    steps = []
    if found.answered < found.rows:
        steps.append(("Ask the panel about the new rows", command("annotate", file)))
    if found.labelled < found.random + found.picked:
        steps.append(("Label the rows of seed.csv, or in the browser", command("serve", file)))
    if found.labelled == found.random + found.picked and found.answered:
        steps.append(("Fuse, and write labels and report", command("run", file)))
    said.next(*steps)


def _lines(found: Adapted) -> list[str]:
    return [
        *_texts(found),
        *_classes(found),
        *_weights(found),
        *_rows(found),
        *([] if found.saved is None else _saved(found, found.saved)),
    ]


def _texts(found: Adapted) -> list[str]:
    texts = found.shift.texts
    if texts is None:
        return ["Texts: too few rows to compare."]
    told = f"a classifier tells {texts.n_new} new rows from {texts.n_old} old ones with an AUC of {texts.auc:.2f} (.50 is chance; p = {texts.p:.3f})"
    if not texts.differ:
        return [f"Texts: no difference found: {told}."]
    apart = ". They have hardly anything in common, as texts of two languages" if found.shift.apart else ""
    return [f"Texts: they differ: {told}{apart}."]


def _classes(found: Adapted) -> list[str]:
    classes = found.shift.classes
    if classes is None:
        return ["Classes: too few human labels to say whether their shares differ."]
    if not classes.differ:
        return [f"Classes: no change of their shares found by {found.by} (p = {classes.p:.3f})."]
    if not classes.agree:
        k = int(abs(classes.new - classes.confusion).argmax())
        said = (
            f"Classes: {found.by} name them more or less often than before (p = {classes.p:.3f}), but two estimates of the new shares "
            f"disagree ({found.classes[k]}: {classes.new[k]:.0%} and {classes.confusion[k]:.0%}), so neither is used. Labels of new rows will tell."
        )
        return [said]
    lines = [f"Classes: their shares differ, by {found.by} (p = {classes.p:.3f}):"]
    lines += [f"  {line}" for line in _moved(classes, found.classes)]
    if found.shift.apart and found.by.endswith("student"):
        lines.append(
            "  A student of the old texts says little of texts like these: ask the panel, then repeat."
        )
    return lines


def _moved(classes: LabelShift, names: tuple[str, ...]) -> list[str]:
    order = sorted(range(len(names)), key=lambda k: -abs(float(classes.new[k] - classes.old[k])))
    return [
        f"{names[k]}: {classes.old[k]:.0%} -> {classes.new[k]:.0%} (95% interval {classes.low[k]:.0%} to "
        f"{classes.high[k]:.0%}; by its confusions alone {classes.confusion[k]:.0%})"
        for k in order[:SHOWN]
    ]


def _weights(found: Adapted) -> list[str]:
    weights, m = found.shift.weights, found.carried
    if not found.shift.by:
        return ["Weights: none are needed; each old human label counts alike."]
    on = f"Weights by the {found.shift.by}: {m} old human labels count as {weights.effective:.0f}"
    if not weights.used:
        return [f"{on}, which is too few: they are not used, and each counts alike."]
    lines = [f"{on}; they are used."]
    if found.before is not None:
        was = "" if found.accuracy is None else f" (it was {found.accuracy.value:.1%} there)"
        lines.append(
            f"Accuracy of the finished task, its rows weighted as the new data are: {found.before.figure}{was}"
        )
    if found.student is not None:
        lines.append(f"Student, taught with the weights, for use before any LLM is asked: {found.student}")
    return lines


def _rows(found: Adapted) -> list[str]:
    asked = (
        f"{found.random + found.picked} new rows to label in {found.folder / 'seed.csv'}: {found.random} drawn at random, "
        f"which alone count for the accuracy figure, and {found.picked} picked for what they tell, which only train; "
        f"{found.labelled} have a label."
    )
    return [f"Carried: {found.carried} human labels -> {found.folder / 'carried.jsonl'}", asked]


def _saved(found: Adapted, saved: Saved) -> list[str]:
    carried, afresh = saved.carried, saved.afresh
    lines = [
        (
            f"Against starting afresh, each of the {saved.labels} new labels predicted without it: {carried.right} right carried, "
            f"{afresh.right} afresh (of the {saved.drawn} random ones {carried.drawn_right} and {afresh.drawn_right}); log loss "
            f"{carried.log_loss:.2f} and {afresh.log_loss:.2f}, gain {saved.gain:+.2f} ± {saved.error:.2f}."
        )
    ]
    if saved.helps:
        lines.append(f"The carried labels help: {found.carried} human labels need not be given again.")
    else:
        lines.append(
            f"The carried labels do not help: the line carried of {found.folder / TASK} is now a comment, and the new task "
            "starts afresh."
        )
    return lines


def _as_json(found: Adapted) -> dict[str, object]:
    """Return what programs are told; the weights of single rows are in carried.jsonl."""
    texts, classes, saved = found.shift.texts, found.shift.classes, found.saved
    return {
        "folder": found.folder,
        "rows": found.rows,
        "answered": found.answered,
        "carried": found.carried,
        "texts": texts and {"differ": texts.differ, "auc": texts.auc, "p": texts.p},
        "classes": classes
        and {
            "differ": classes.differ,
            "agree": classes.agree,
            "p": classes.p,
            "by": found.by,
            "shares": {
                name: {
                    "before": classes.old[k],
                    "now": classes.new[k],
                    "low": classes.low[k],
                    "high": classes.high[k],
                    "by_confusions": classes.confusion[k],
                }
                for k, name in enumerate(found.classes)
            },
        },
        "weights": {
            "by": found.shift.by,
            "effective": found.shift.weights.effective,
            "used": found.shift.weights.used,
        },
        "accuracy_there": found.accuracy and found.accuracy.figure,
        "accuracy_weighted": found.before and found.before.figure,
        "random": found.random,
        "picked": found.picked,
        "labelled": found.labelled,
        "student": found.student,
        "saved": saved and {"helps": saved.helps, "gain": saved.gain, "error": saved.error},
    }
