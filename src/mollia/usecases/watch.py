"""Rows that come one by one, labelled with a trained student as they come, and told when they leave what it knows."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self, TextIO

import numpy as np

from mollia.arrays import Probs, normalise
from mollia.data.batches import read_batches
from mollia.data.csv_cells import written
from mollia.data.csv_file import csv_lines
from mollia.data.follow import ENDINGS, STDIN, check_followed, following
from mollia.data.jsonl_file import jsonl_lines
from mollia.data.label_columns import CLASS, beside, prefix_in
from mollia.data.read import read_table
from mollia.data.table import Say, Table, quiet
from mollia.errors import DataError
from mollia.honest.drift_watch import Change, DriftWatch
from mollia.session.run_folder import LABELS
from mollia.student.load import LoadedStudent, load_student
from mollia.student.softmax_head import fit_head
from mollia.text_format import UTF_8, TextFormat
from mollia.usecases.predict_file import predicted_columns, predicted_probs
from mollia.usecases.student_input import Inputs, chosen, reader_for
from mollia.whole_files import keep_inputs

FOLDS = 5
MOST_KNOWN = 5000  # rows of a run's labels that are read
SEED = 20261129
C = 10.0  # inverse strength of the penalty of heads that are taught without a fold, as the student's
STDOUT = "-"
DELIMITER = {".csv": ",", ".tsv": "\t"}


def watch(
    student: Path,
    source: str,
    *,
    out: str,
    text: str | None = None,
    known: Path | None = None,
    text_format: TextFormat = UTF_8,
    say: Say = quiet,
    came: Callable[[int, Sequence[Change], Sequence[str]], None],
) -> None:
    """Label the rows of a growing file, or of standard input ("-"), and append them to `out` as they come.

    It ends with the input, which a file has none of, or with Ctrl+C. `out` is a .csv, .tsv or .jsonl file, or "-" for JSON lines on
    standard output; a file that exists is continued: as many rows of `source` as it holds are passed over. `came` is
    told how many rows have come, what changed with the last of them, and the class names. `known` are labels that the student's run wrote, by default labels.csv
    beside the student's folder: rows are compared with them.

    Raises
    ------
    DataError
        When the folder holds no student, the file cannot be watched or a row is wrong; what was written stays.
    """
    check_followed(source)
    loaded = load_student(student)
    file = None if out == STDOUT else Path(out)
    if file is not None:
        keep_inputs(file, [known] if source == STDIN else [known, Path(source)])
    stream = DriftWatch(known=_known(loaded, student, known, text, say))
    read, done = None, 0
    delimiter = None if source == STDIN else _looked_at(source, text_format)
    with _Rows(file, delimiter) as rows:
        skip = 0 if source == STDIN else rows.there
        if skip:
            say(f"{out} holds {skip} rows already: as many rows of {source} are passed over.")
        for table in following(source, text_format, delimiter=delimiter):
            left = _after(table, skip)
            skip -= len(table) - len(left)
            if not len(left):
                continue
            read = read or reader_for(loaded, left, text, _folder(source), say=say)
            seen, inputs = read(left)
            probs = predicted_probs(loaded, inputs)
            done += len(left)
            came(done, stream.add(probs), loaded.classes)
            rows.write({**seen.columns, **beside(seen.columns, predicted_columns(loaded.classes, probs))})


def _folder(source: str) -> Path:
    return Path() if source == STDIN else Path(source).absolute().parent


def _looked_at(source: str, text_format: TextFormat) -> str | None:
    """Return what separates the cells of a file, as it is now; None for JSON lines."""
    if source.lower().endswith(".jsonl"):
        return None
    return read_batches(source, text_format=text_format).header.delimiter or (
        text_format.delimiter or DELIMITER[Path(source).suffix.lower()]
    )


def _after(table: Table, skip: int) -> Table:
    """Return a table without its first rows."""
    if skip <= 0:
        return table
    columns = {name: list(cells)[skip:] for name, cells in table.columns.items()}
    return Table(
        columns=columns,
        source=table.source,
        places=tuple(table.places)[skip:],
        delimiter=table.delimiter,
    )


class _Rows:
    """Appends rows to a file, or to standard output, as whole lines that are there at once; `there` counts those it held."""

    def __init__(self, path: Path | None, delimiter: str | None) -> None:
        self.path = path
        self.there = 0
        self._names: list[str] = []
        self._delimiter = delimiter or ","
        self._file: TextIO = sys.stdout

    def __enter__(self) -> Self:
        if self.path is None:
            return self
        suffix = self.path.suffix.lower()
        if suffix not in ENDINGS:
            raise DataError(
                f"{self.path}: rows are appended to .csv, .tsv and .jsonl files only.",
                hint="Give --out such a name, or - for JSON lines on standard output.",
            )
        self._delimiter = "\t" if suffix == ".tsv" else self._delimiter
        if self.path.exists() and self.path.stat().st_size:
            held = read_table(self.path, text_format=TextFormat(delimiter=self._delimiter))
            self.there, self._names = len(held), [*held.columns]
        try:
            self._file = self.path.open("a", encoding="utf-8", newline="")
        except OSError as error:
            raise DataError(
                f"{self.path} cannot be written to: {error.strerror}.", hint="Give --out another place."
            ) from None
        return self

    def __exit__(self, *_: object) -> None:
        if self.path is not None:
            self._file.close()

    def write(self, columns: Mapping[str, Sequence[object]]) -> None:
        """Write rows.

        Raises
        ------
        DataError
            When a row has other columns than those before, and the file is not JSON lines.
        """
        self._file.writelines(self._lines(columns))
        self._file.flush()

    def _lines(self, columns: Mapping[str, Sequence[object]]) -> Iterable[str]:
        if self.path is None or self.path.suffix.lower() == ".jsonl":
            return jsonl_lines(columns)
        header = not self._names
        self._names = self._names or [*columns]
        if self._names != [*columns]:
            raise DataError(
                f"{self.path} has the columns {', '.join(self._names)}; a row has {', '.join(columns)}.",
                hint="Write JSON lines (--out name.jsonl), or name another file.",
            )
        cells = {name: written(values) for name, values in columns.items()}
        return csv_lines(cells, delimiter=self._delimiter, header=header)


def _known(
    student: LoadedStudent, folder: Path, labels: Path | None, text: str | None, say: Say
) -> Probs | None:
    """Return what the student says of rows of its run, each by a head that was taught without it; None where there are none."""
    path = labels or folder.absolute().parent / LABELS
    if labels is None and not path.is_file():
        say(
            f"There is no {LABELS} beside the student (--known names one): the first 200 rows are what later ones are "
            "compared with."
        )
        return None
    table = read_table(path)
    prefix = prefix_in(table.columns)
    names = [prefix + CLASS + name for name in student.classes]
    if lacking := [name for name in names if name not in table.columns]:
        raise DataError(
            f'{path} has no column "{lacking[0]}", so it does not say how the student was taught.',
            hint="Name the labels of the student's run with --known.",
        )
    _, inputs = reader_for(student, table, text, path.absolute().parent)(table)
    P = np.array([[_number(cell) for cell in table.columns[name]] for name in names]).T
    good = np.flatnonzero(np.isfinite(P).all(1) & (P.sum(1) > 0))
    rng = np.random.default_rng(SEED)
    rows = rng.permutation(good)[:MOST_KNOWN]
    return _held_out(student, chosen(inputs, rows), normalise(P[rows]))


def _number(cell: object) -> float:
    try:
        return float(str(cell))
    except ValueError:
        return float("nan")


def _held_out(student: LoadedStudent, inputs: Inputs, P: Probs) -> Probs:
    """Return what heads say of rows that they were not taught, on the student's features, (n, K)."""
    X = student.features.transform(inputs)  # type: ignore[arg-type]  # as `predict_proba` takes them
    fold = np.arange(len(P)) % FOLDS
    said = np.zeros_like(P)
    for number in range(FOLDS):
        out = fold == number
        head = fit_head(
            X[~out],
            P[~out],
            weight=np.ones(int((~out).sum())),
            negative=np.zeros(P[~out].shape, bool),
            negative_weight=0.0,
            C=C,
        )
        said[out] = head.predict_proba(X[out])
    return said
