"""`mollia fuse panel.parquet --labels a,b,c --seed-labels seed.csv --out labels.csv`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mollia.cli.options import AllowUnnamed, Bom, Delimiter, Encoding, Spreadsheet, Target, kept_lines, listed
from mollia.cli.output import current
from mollia.cli.repeat import repeated
from mollia.cli.run import end
from mollia.invocation import command, options
from mollia.registry import names
from mollia.text_format import UTF_8, TextFormat

if TYPE_CHECKING:
    from mollia.usecases.fuse_file import FusedFile

EXAMPLES = {
    "Fuse the answers in a file, with some human labels": "fuse panel.csv --labels refund,other --seed-labels seed.csv",
    "Also train a small text classifier on the labels": "fuse panel.csv --labels refund,other --student student",
    "The same with another method, scored against a column of true labels": "fuse panel.csv --labels refund,other --method molam --gold label",
}


def fuse(
    context: typer.Context,
    panel: Annotated[
        Path,
        typer.Argument(help="A CSV, JSONL, Parquet or Excel file, or shop.sqlite::table, with LLM answers."),
    ],
    *,
    labels: Annotated[str, typer.Option("--labels", help="The class names, separated by commas.")],
    seed_labels: Annotated[
        Path | None, typer.Option("--seed-labels", help="A file with columns id,label, written by a person.")
    ] = None,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            help="The file to write: .csv, .tsv, .jsonl, .parquet, .xlsx or a table (shop.sqlite::labels).",
        ),
    ] = Path("labels.csv"),
    method: Annotated[
        str, typer.Option("--method", help=f"One of: {', '.join(names('fuser'))}.")
    ] = "default",
    id_: Annotated[str | None, typer.Option("--id", help="The column with the ids.")] = None,
    text: Annotated[
        str | None,
        typer.Option("--text", help="The column with the texts; the default method reads them too."),
    ] = None,
    gold: Annotated[
        str | None, typer.Option("--gold", help="A column with true labels, to score against only.")
    ] = None,
    llms: Annotated[
        str,
        typer.Option(
            "--llms", help="The LLMs' columns, separated by commas; all that are recognised by default."
        ),
    ] = "",
    encoding: Encoding = "utf-8",
    delimiter: Delimiter = None,
    bom: Bom = False,
    spreadsheet: Spreadsheet = False,
    target_accuracy: Target = None,
    text_view: Annotated[
        str, typer.Option("--text-view", help="tfidf, auto, or a kind of student such as finetune (slow).")
    ] = "tfidf",
    text_model: Annotated[
        str,
        typer.Option(
            "--text-model",
            help="Where fine-tuning starts: a folder, a hub name, or auto: the largest known encoder here that the time allows.",
        ),
    ] = "auto",
    columns: Annotated[
        str,
        typer.Option("--columns", help="Only these columns, separated by commas: id,text,label,confidence."),
    ] = "",
    only_labels: Annotated[
        bool, typer.Option("--only-labels", help="Write no report and no summary beside the labels.")
    ] = False,
    priors: Annotated[
        Path | None,
        typer.Option("--priors", help="What the LLMs showed on earlier tasks: a file of `mollia priors`."),
    ] = None,
    student: Annotated[
        Path | None,
        typer.Option("--student", help="Also train a text classifier, for mollia predict, into this folder."),
    ] = None,
    random_state: Annotated[int, typer.Option("--random-state", help="Random seed.")] = 0,
    allow_unnamed: AllowUnnamed = False,
) -> None:
    """Fuse LLM answers you already have with a few human labels."""
    from mollia.loop.outputs import summary_of  # noqa: PLC0415  # heavy: keeps --help fast
    from mollia.session.panel_file import PanelFile  # noqa: PLC0415  # the same
    from mollia.usecases.fuse_file import Method, Written, fuse_file  # noqa: PLC0415  # the same

    said = current()
    with said.progress() as progress:
        fused = fuse_file(
            PanelFile(
                path=panel,
                classes=listed(labels),
                text=text,
                id=id_,
                gold=gold,
                llms=listed(llms),
                text_format=TextFormat(encoding=encoding, delimiter=delimiter),
            ),
            seed_labels=seed_labels,
            out=out,
            method=Method(
                name=method,
                text_view=text_view,
                text_model=text_model,
                random_state=random_state,
                priors=priors,
            ),
            target=target_accuracy,
            written=Written(
                columns=listed(columns),
                text_format=TextFormat(
                    encoding=encoding, delimiter=delimiter, bom=bom, spreadsheet=spreadsheet
                ),
                report=not only_labels,
                student=student,
                command=repeated(context, out.parent),
            ),
            say=said.note,
            progress=progress,
        )
    files = {"labels": out, "summary": fused.summary, "report": fused.report, "student": student}
    said.give(**summary_of(fused.result, fused.kept), files={name: at for name, at in files.items() if at})
    said.say(*_lines(fused, out))
    if student is not None:
        own = {
            "--text": text,
            "--encoding": encoding if encoding != UTF_8.encoding else None,
            "--delimiter": delimiter,
            "--out": out.with_name("predictions.csv"),
        }
        predict = command("predict", student, panel, *options(own))
        said.say(f"Label more texts without any LLM: {predict}")
        said.next(("Label more texts without any LLM", predict), say=False)
    end(fused.result.completeness, allow_unnamed=allow_unnamed)


def _lines(found: FusedFile, out: Path) -> list[str]:
    from mollia.cli.closing import labelled_lines  # noqa: PLC0415  # heavy: keeps --help fast

    result = found.result
    complete, fused, n_human = result.completeness, result.fused, len(result.seed)
    working = f"{complete.working} " if complete.failed else ""
    lines = [
        *labelled_lines(result.n_labelled, len(result.source), complete, out),
        f"Human labels used: {n_human}; LLMs: {working}{', '.join(result.panel.llms)}",
    ]
    if result.scores:
        figures = ", ".join(f"{name} {score.accuracy.value:.3f}" for name, score in result.scores.items())
        lines.append(
            f"Accuracy, measured against gold on the {result.scored_rows} rows that nobody labelled: {figures}"
        )
    if result.estimate is not None:
        lines.append(f"Accuracy, estimated: {result.estimate.figure}")
    elif not n_human:
        lines.append("Accuracy: no figure without human labels; every confidence is uncalibrated")
    if fused.calibrated and not fused.human.all():
        denied = float(fused.negative[~fused.human].mean())
        lines.append(
            f"Negative labels: {denied:.0%} of all classes denied; the true class is expected among them "
            f"in {fused.negative_share:.1%} of the rows"
        )
    if found.kept is not None:
        lines += kept_lines(found.kept, str(out))
    lines += [f"Note: {note}" for note in result.warnings]
    return lines if found.report is None else [*lines, f"See the report: {found.report}"]
