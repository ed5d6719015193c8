"""From a file of texts of any length and a trained student to a file of labels."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mollia.arrays import Probs
from mollia.data.batches import SIZE, read_batches
from mollia.data.label_columns import CLASS, CONFIDENCE, LABEL, Columns, beside
from mollia.data.labels_file import DIGITS
from mollia.data.read import pool_texts
from mollia.data.table import Say
from mollia.data.table import quiet as say_nothing
from mollia.data.write_table import writing
from mollia.progress import Progress, quiet
from mollia.student.load import load_student
from mollia.text_format import UTF_8, TextFormat
from mollia.whole_files import keep_inputs


def predict_file(
    student: str | os.PathLike[str],
    file: str | os.PathLike[str],
    *,
    out: str | os.PathLike[str],
    text: str = "text",
    text_format: TextFormat = UTF_8,
    size: int = SIZE,
    progress: Progress = quiet,
    say: Say = say_nothing,
) -> int:
    """Write the file's columns with label, confidence and p_<class>; return the number of rows.

    `student` is the folder a run wrote its student to, `text` the column with the texts. Memory
    holds `size` rows (the whole of a .json file); `out` appears whole or not at all, and may not
    be `file` itself. When one of the added names is taken, all of them get the prefix "mollia_".

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
    loaded = load_student(Path(student))
    batches = read_batches(file, text_format=text_format, size=size)
    for note in batches.header.notes:
        say(note)
    column = batches.header.need(text, "the texts", say=say)
    done = 0
    with writing(Path(out), text_format=text_format) as rows:
        for table in batches:
            texts = pool_texts(table, column)
            probs = loaded.predict_proba(texts) if texts else np.zeros((0, len(loaded.classes)))
            rows.write({**table.columns, **beside(table.columns, _columns(loaded.classes, probs))})
            done += len(table)
            progress("texts labelled", done, max(done, batches.n_rows))
    return done


def _columns(classes: Sequence[str], probs: Probs) -> Columns:
    columns: Columns = {
        LABEL: [classes[k] for k in probs.argmax(1)],
        CONFIDENCE: probs.max(1, initial=0.0).round(DIGITS).tolist(),
    }
    return columns | {CLASS + name: probs[:, k].round(DIGITS).tolist() for k, name in enumerate(classes)}
