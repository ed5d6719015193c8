"""From a file of texts of any length and a trained student to a file of labels."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from mollia.arrays import Mask, Probs, Vector
from mollia.data.batches import SIZE, Batches, read_batches
from mollia.data.label_columns import CLASS, CONFIDENCE, EMPTY_TEXT, LABEL, SOURCE, STUDENT, Columns, beside
from mollia.data.labels_file import DIGITS
from mollia.data.table import Say, Table
from mollia.data.table import quiet as say_nothing
from mollia.data.write_table import writing
from mollia.encode.tfidf import Tfidf
from mollia.encode.travelling import uses_card
from mollia.engine.local import Local
from mollia.processes import cores
from mollia.progress import Progress, quiet
from mollia.protocols import Engine
from mollia.student.load import LoadedStudent
from mollia.student.travelling import TravellingStudent
from mollia.text_format import UTF_8, TextFormat
from mollia.usecases.student_input import Inputs, Reader, chosen, present, reader_for
from mollia.whole_files import keep_inputs

MANY = 50_000  # rows from which helper processes are worth their start; the models of other encoders have threads of their own
HELPERS = 3  # more would wait for the process that reads and writes


def predict_file(
    student: str | os.PathLike[str],
    file: str | os.PathLike[str],
    *,
    out: str | os.PathLike[str],
    text: str | None = None,
    text_format: TextFormat = UTF_8,
    engine: Engine | None = None,
    progress: Progress = quiet,
    say: Say = say_nothing,
) -> Predicted:
    """Write the file's columns with label, confidence, p_<class> and source; return how many rows got a label.

    `student` is the folder a run wrote its student to, `text` the column with the texts (see `take_text`), or
    with the images where the student reads those,
    `engine` where they are labelled, by default this machine.
    A row without a text gets no label; its source is "empty text". Memory holds some thousand rows (the whole of
    a .json file); `out` appears whole or not at all, may not be `file` itself, and a CSV file is separated
    as `file` is. When one of the added names is taken, all of them get the prefix "mollia_".

    Raises
    ------
    DataError
        When the folder holds no student, a row of the file is wrong (with file and line; before
        any text is labelled, except for a list or an object in place of a text), or `out` cannot
        be written.
    StoreError
        When the student is damaged.
    """
    keep_inputs(Path(out), [Path(file)])
    predictor = TravellingStudent(Path(student))
    batches = read_batches(file, text_format=replace(text_format, spreadsheet=False), size=SIZE)
    for note in (*batches.header.notes, *batches.header.left_out):
        say(note)
    first = next(iter(batches)) if text is None else batches.header
    read = reader_for(
        predictor.student, first, text, Path(file).absolute().parent, travels=engine is not None, say=say
    )
    done = empty = 0
    with (
        writing(Path(out), text_format=text_format.beside(batches.header.delimiter)) as rows,
        closing(_labelled(engine or Local(), predictor, batches, read)) as labelled,
    ):
        for table, probs in labelled:
            rows.write(
                {
                    **table.columns,
                    **beside(table.columns, predicted_columns(predictor.student.classes, probs)),
                }
            )
            done, empty = done + len(table), empty + int(np.isnan(probs).all(1).sum())
            progress("texts labelled", done, max(done, batches.n_rows))
    return Predicted(n_rows=done, n_empty=empty)


def _labelled(
    engine: Engine, student: TravellingStudent, batches: Batches, read: Reader
) -> Generator[tuple[Table, Probs]]:
    """Yield the tables with the probabilities (m, K) of their rows, NaN where a row has no text."""
    alone = batches.n_rows < MANY or not isinstance(student.student.features, Tfidf)
    some = (read(table) for table in batches)
    helpers = 0 if alone else min(cores() - 1, HELPERS)
    card = uses_card(student.student.features)
    yield from engine.map(partial(_probs, student), some, helpers=helpers, card=card)


def _probs(sent: TravellingStudent, inputs: Inputs) -> Probs:
    return predicted_probs(sent.student, inputs)


def predicted_probs(student: LoadedStudent, inputs: Inputs) -> Probs:
    """Return the probabilities (m, K) of rows, NaN where one is blank."""
    written = present(inputs)
    probs = np.full((len(inputs), len(student.classes)), np.nan)
    if written.any():
        probs[written] = student.predict_proba(chosen(inputs, np.flatnonzero(written)))
    return probs


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """How many rows a file has, and how many of them have no text and so no label."""

    n_rows: int
    n_empty: int

    def line(self, out: str) -> str:
        """Say it in a line."""
        if not self.n_empty:
            return f"{self.n_rows} {'text' if self.n_rows == 1 else 'texts'} labelled: {out}"
        lacking = f"{self.n_empty} {'row has' if self.n_empty == 1 else 'rows have'} no text and no label"
        return f"{self.n_rows - self.n_empty}/{self.n_rows} texts labelled: {out}; {lacking} ({SOURCE}: {EMPTY_TEXT})"


def predicted_columns(classes: Sequence[str], probs: Probs) -> Columns:
    """Return the columns beside a file's own; rows of NaN have no label."""
    labelled: Mask = np.asarray(np.isfinite(probs).all(1), bool)
    best = np.where(labelled, np.nan_to_num(probs).argmax(1), -1).tolist()
    columns: Columns = {
        LABEL: [None if k < 0 else classes[k] for k in best],
        CONFIDENCE: _rounded(probs.max(1, initial=0.0), labelled),
    }
    columns |= {CLASS + name: _rounded(probs[:, k], labelled) for k, name in enumerate(classes)}
    return columns | {SOURCE: [STUDENT if k >= 0 else EMPTY_TEXT for k in best]}


def _rounded(values: Vector, labelled: Mask) -> list[float | None]:
    digits = values.round(DIGITS).tolist()
    return [value if known else None for value, known in zip(digits, labelled.tolist(), strict=True)]
