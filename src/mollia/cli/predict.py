"""`mollia predict student/ file.csv --out out.csv`: label any file with a trained student."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mollia.cli.options import Address, Bom, Delimiter, Encoding, EngineName, Spreadsheet, opened_engine
from mollia.cli.output import current, plain
from mollia.text_format import TextFormat

if TYPE_CHECKING:
    from mollia.honest.drift_watch import Change

EXAMPLES = {
    "Label new texts with the student of a run": "predict out/student new.csv --out new-labels.csv",
    "Label rows as they are appended, and warn when they change": "predict out/student inbox.csv --watch",
    "Texts in another column, in a file from Excel": "predict out/student mails.csv --text body --delimiter ';'",
}


def predict(
    student: Annotated[Path, typer.Argument(help="The folder a run wrote its student to.")],
    file: Annotated[
        Path,
        typer.Argument(
            help="The texts: .csv, .tsv, .jsonl, .parquet, .xlsx or a table (shop.sqlite::texts); with --watch also "
            "-, standard input."
        ),
    ],
    *,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            help="The file to write: .csv, .tsv, .jsonl, .parquet, .xlsx or a table (shop.sqlite::labels).",
        ),
    ] = Path("predictions.csv"),
    text: Annotated[
        str | None,
        typer.Option("--text", help="The column with the texts; by default text, or the likeliest."),
    ] = None,
    encoding: Encoding = "utf-8",
    delimiter: Delimiter = None,
    bom: Bom = False,
    spreadsheet: Spreadsheet = False,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch",
            help="Label rows as they are appended to the file, or come on standard input, and warn when they leave what the "
            "student knows; Ctrl+C ends it.",
        ),
    ] = False,
    known: Annotated[
        Path | None,
        typer.Option(
            "--known",
            help="With --watch: the labels.csv of the student's run, if not beside it; rows are compared with its.",
        ),
    ] = None,
    engine: EngineName = "local",
    address: Address = None,
) -> None:
    """Label a file of any length with a trained student.

    Every column of the file is kept; the labels stand beside them.
    """
    from mollia.usecases.predict_file import predict_file  # noqa: PLC0415  # heavy: keeps --help fast

    said = current()
    text_format = TextFormat(encoding=encoding, delimiter=delimiter, bom=bom, spreadsheet=spreadsheet)
    if watch:
        _watch(student, str(file), out=str(out), text=text, known=known, text_format=text_format)
        return
    with opened_engine(engine, address, None) as opened, said.progress() as progress:
        done = predict_file(
            student,
            file,
            out=out,
            text=text,
            text_format=text_format,
            engine=opened,
            progress=progress,
            say=said.note,
        )
    said.give(file=out, **plain(done))
    said.say(done.line(str(out)))


def _watch(
    student: Path, source: str, *, out: str, text: str | None, known: Path | None, text_format: TextFormat
) -> None:
    """Label rows as they come until the input ends, or Ctrl+C does."""
    from mollia.usecases.watch import watch  # noqa: PLC0415  # heavy: keeps --help fast

    said, rows = current(), 0
    changes: list[Change] = []

    def came(done: int, new: Sequence[Change], classes: Sequence[str]) -> None:
        nonlocal rows
        rows = done
        for change in new:
            changes.append(change)
            said.note(_change(change, classes))

    if not said.quiet:
        said.note(f"Watching {'standard input' if source == '-' else source}; Ctrl+C ends it.")
    with suppress(KeyboardInterrupt):
        watch(
            student,
            source,
            out=out,
            text=text,
            known=known,
            text_format=text_format,
            say=said.note,
            came=came,
        )
    said.give(rows=rows, file=None if out == "-" else out, changes=[plain(each) for each in changes])
    if out != "-":
        said.say(f"{rows} rows labelled -> {out}")


def _change(change: Change, classes: Sequence[str]) -> str:
    """Say what changed, in a sentence or two."""
    rows = f"Rows {change.first} to {change.last}"
    if change.kind == "back":
        return f"{rows} are like what the student knows again."
    found, name = change.drift, classes[change.drift.widest]
    against = "what it knows" if change.kind == "left" else "the rows before"
    what = "leave what the student knows" if change.kind == "left" else "have changed again"
    return (
        f"{rows} {what}: it is {change.confidence:.0%} sure of them on average, {change.known:.0%} of {against}; it gives "
        f'{found.in_seed:.0%} of them to "{name}", {found.in_pool:.0%} of {against} (p = {found.p:.3f}). Look at them before you '
        "trust their labels; `mollia adapt` carries the task over to them."
    )
