"""Human labels from another labelling tool, into a run's ledger or a file of labels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, Mask
from mollia.data import duplicates
from mollia.data.table import Say, quiet
from mollia.data.write_table import write_columns
from mollia.errors import DataError, NotEnoughLabels, did_you_mean
from mollia.exchange import argilla, doccano, label_studio, prodigy, textcat
from mollia.exchange.exported import Keys
from mollia.exchange.opinions import Export, Opinions, opinions
from mollia.ledger.sqlite_store import SqliteStore, open_store
from mollia.people.ledger_sync import people_said
from mollia.records import HumanLabels, Pool, Use
from mollia.session.inputs import files_read
from mollia.session.run_folder import LEDGER
from mollia.session.task_pool import pool_of
from mollia.task.config import Task
from mollia.whole_files import keep_inputs

READERS = {
    "labelstudio": label_studio.read_export,
    "argilla": argilla.read_export,
    "prodigy": prodigy.read_export,
    "doccano": doccano.read_export,
    "textcat": textcat.read_export,
}
TRAINS: tuple[Use, ...] = ("seed", "review")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """How many rows got a label, and sentences about what was done."""

    n_rows: int
    notes: tuple[str, ...]


def import_labels(
    task: Task,
    tool: str,
    export: Path,
    *,
    keys: Keys,
    use: Use = "seed",
    annotator: str | None = None,
    out: Path | None = None,
    say: Say = quiet,
) -> Imported:
    """Read a tool's export (`tool` is one of READERS) and store its labels, each under its person's name.

    They go into the task's ledger beside those given on the web page; with `out`, into a file
    (id, label, use, chance) instead. Where people differ, the label most of them gave counts; without one
    the row stays unlabelled. Rows that train are not taken as audit rows, nor the reverse.

    Raises
    ------
    MolliaError
        When the export, the data or the ledger is wrong, or nothing in it is a label.
    """
    if use not in {*TRAINS, "audit"}:
        raise DataError(f'"{use}" is not a use of a label.', hint="Known: seed, audit, review.")
    if out is not None:
        keep_inputs(out, [export, *files_read(task), task.run.out / LEDGER])
    read = READERS[tool](export, keys if keys.text else replace(keys, text=task.data.text))
    pool = pool_of(task, say=say)
    found = opinions(_of(read, annotator), classes=task.labels, ids=pool.ids, texts=pool.shown, use=use)
    notes = [*found.notes, *_agreement(found, pool)]
    if out is not None:
        _write(found.agreed, task, out, pool.delimiter)
        return Imported(n_rows=len(found.agreed), notes=tuple(notes))
    with open_store(task.run.out / LEDGER, beside=True) as store:
        people_said(task, pool, duplicates.group(pool.texts), store)
        others: tuple[Use, ...] = TRAINS if use == "audit" else ("audit",)
        taken = {id_ for other in others for id_ in store.human(other).ids}
        kept = np.array([id_ not in taken for id_ in found.agreed.ids], bool)
        if not kept.all():
            what = (
                "train already, so they cannot be audit rows"
                if use == "audit"
                else "are audit rows, which must not train"
            )
            notes.append(f"{int((~kept).sum())} rows {what}; their labels were left out.")
        _store(store, found, tool, use, taken)
    return Imported(n_rows=int(kept.sum()), notes=tuple(notes))


def _of(export: Export, annotator: str | None) -> Export:
    """Return one person's words, or all."""
    if annotator is None:
        return export
    people = sorted({word.who for word in export.words})
    if annotator not in people:
        raise NotEnoughLabels(
            f"Nobody called “{annotator}” labelled anything in {export.source}.{did_you_mean(annotator, people)}",
            hint=f"People in it: {', '.join(people) or 'none'}.",
        )
    return replace(export, words=tuple(word for word in export.words if word.who == annotator))


def _agreement(found: Opinions, pool: Pool) -> list[str]:
    """Say how far people agree, where two or more labelled a row that counts."""
    table: Classes = np.full((len(pool), len(found.said)), -1, np.int64)  # (n, people)
    for column, labels in enumerate(found.said.values()):
        table[pool.rows_of(labels.ids), column] = labels.y
    shared = int(((table >= 0).sum(1) > 1).sum())
    if not shared:
        return []
    from mollia.honest.agreement import krippendorff_alpha  # noqa: PLC0415  # scipy: only where people overlap

    alpha = krippendorff_alpha(table)
    measured = f" (Krippendorff's alpha {alpha:.2f})" if math.isfinite(alpha) else ""
    return [f"{shared} {'row has' if shared == 1 else 'rows have'} labels of several people{measured}."]


def _store(store: SqliteStore, found: Opinions, tool: str, use: Use, taken: set[str]) -> None:
    """Store what is new: on each row first who differs from the majority, since the newest label stands."""
    agreed: Mapping[str, int] = dict(zip(found.agreed.ids, found.agreed.y.tolist(), strict=True))
    before = {(each.annotator, each.text_id): each.y for each in store.said(use)}
    new = {
        id_
        for who, labels in found.said.items()
        for id_, y in zip(labels.ids, labels.y.tolist(), strict=True)
        if before.get((_name(tool, who), id_)) != y and id_ not in taken
    }
    for with_majority in (False, True):
        for who, labels in found.said.items():
            rows: Mask = np.array(
                [
                    id_ in new and (agreed[id_] == y) is with_majority
                    for id_, y in zip(labels.ids, labels.y.tolist(), strict=True)
                ],
                bool,
            )
            if rows.any():
                store.add_human(labels.some(np.flatnonzero(rows)), annotator=_name(tool, who))


def _name(tool: str, who: str) -> str:
    return f"{tool}:{who}" if who else tool


def _write(labels: HumanLabels, task: Task, out: Path, delimiter: str | None) -> None:
    columns: dict[str, list[object]] = {
        "id": list(labels.ids),
        "label": [task.class_names[k] for k in labels.y.tolist()],
        "use": [labels.use] * len(labels),
    }
    if np.isfinite(labels.chance).any():
        columns["chance"] = [None if np.isnan(chance) else chance for chance in labels.chance.tolist()]
    write_columns(
        out, columns, text_format=replace(task.data.text_format.beside(delimiter), spreadsheet=True)
    )
