"""`mollia predict student/ file.csv --out out.csv`: label any file with a trained student."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mollia.cli.progress import shown

if TYPE_CHECKING:
    from mollia.loop.progress import Progress

CHUNK = 8192  # texts whose probabilities are computed at a time
PREFIX = "mollia_"


def predict(
    student: Annotated[Path, typer.Argument(help="The folder a run wrote its student to.")],
    file: Annotated[Path, typer.Argument(help="The texts: .csv, .tsv, .jsonl or .parquet.")],
    *,
    out: Annotated[
        Path, typer.Option("--out", help="The file to write: .csv, .tsv, .jsonl or .parquet.")
    ] = Path("predictions.csv"),
    text: Annotated[str, typer.Option("--text", help="The column with the texts.")] = "text",
    encoding: Annotated[str, typer.Option("--encoding", help="The file's encoding.")] = "utf-8",
    delimiter: Annotated[
        str | None, typer.Option("--delimiter", help="What separates the cells of a CSV file.")
    ] = None,
    bom: Annotated[
        bool, typer.Option("--bom", help="Begin the CSV with a mark that Excel needs for UTF-8.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Label a file's texts with a trained student; every column of the file is kept."""
    with shown(silent=quiet) as progress:
        n = predict_file(
            student,
            file,
            out=out,
            text=text,
            encoding=encoding,
            delimiter=delimiter,
            bom=bom,
            progress=progress,
        )
    typer.echo(f"{n} texts labelled: {out}")


def predict_file(
    student: Path,
    file: Path,
    *,
    out: Path,
    text: str,
    encoding: str,
    delimiter: str | None,
    bom: bool,
    progress: Progress,
) -> int:
    """Write the file's columns with label, confidence and p_<class>; return the number of rows."""
    import numpy as np  # noqa: PLC0415  # heavy: keeps --help fast

    from mollia.data.read import pool_texts, read_table  # noqa: PLC0415  # the same
    from mollia.data.write import write_columns  # noqa: PLC0415  # the same
    from mollia.student.load import load_student  # noqa: PLC0415  # the same

    loaded = load_student(student)
    table = read_table(file, encoding=encoding, delimiter=delimiter)
    texts = pool_texts(table, table.need(text, "the texts", say=lambda said: typer.echo(said, err=True)))
    probs = np.zeros((len(texts), len(loaded.classes)))
    for at in range(0, len(texts), CHUNK):
        probs[at : at + CHUNK] = loaded.predict_proba(texts[at : at + CHUNK])
        progress("texts labelled", min(at + CHUNK, len(texts)), len(texts))
    added: dict[str, list[object]] = {
        "label": [loaded.classes[k] for k in probs.argmax(1)],
        "confidence": probs.max(1, initial=0.0).round(6).tolist(),
    }
    added |= {f"p_{name}": probs[:, k].round(6).tolist() for k, name in enumerate(loaded.classes)}
    while set(added) & set(table.columns):
        added = {PREFIX + name: cells for name, cells in added.items()}
    write_columns(out, {**table.columns, **added}, encoding=encoding, bom=bom, delimiter=delimiter)
    return len(texts)
