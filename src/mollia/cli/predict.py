"""`mollia predict student/ file.csv --out out.csv`: label any file with a trained student."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia.cli.options import Address, Bom, Delimiter, Encoding, EngineName, Spreadsheet, opened_engine
from mollia.cli.output import current, plain
from mollia.text_format import TextFormat

EXAMPLES = {
    "Label new texts with the student of a run": "predict out/student new.csv --out new-labels.csv",
    "Texts in another column, in a file from Excel": "predict out/student mails.csv --text body --delimiter ';'",
}


def predict(
    student: Annotated[Path, typer.Argument(help="The folder a run wrote its student to.")],
    file: Annotated[
        Path,
        typer.Argument(
            help="The texts: .csv, .tsv, .jsonl, .parquet, .xlsx or a table (shop.sqlite::texts)."
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
    engine: EngineName = "local",
    address: Address = None,
) -> None:
    """Label a file of any length with a trained student.

    Every column of the file is kept; the labels stand beside them.
    """
    from mollia.usecases.predict_file import predict_file  # noqa: PLC0415  # heavy: keeps --help fast

    said = current()
    with opened_engine(engine, address, None) as opened, said.progress() as progress:
        done = predict_file(
            student,
            file,
            out=out,
            text=text,
            text_format=TextFormat(encoding=encoding, delimiter=delimiter, bom=bom, spreadsheet=spreadsheet),
            engine=opened,
            progress=progress,
            say=said.note,
        )
    said.give(file=out, **plain(done))
    said.say(done.line(str(out)))
