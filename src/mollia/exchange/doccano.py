"""doccano's JSONL for document classification: exported labels in, texts with proposals out.

Format: doccano's own export (backend/data_export, read in November 2026). A line has `text`, the list `label`, `id`, and
every further key that came in with it. A project that people share exports all.jsonl, another one file per person,
named after the person. Exports of before 2021 have `labels`, or `annotations` with label numbers, which name no class.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mollia.data.write_table import write_columns
from mollia.errors import DataError
from mollia.exchange.exported import Keys, chance_of, first_known, needed_text, records_of
from mollia.exchange.opinions import Export, Word, gathered
from mollia.exchange.tasks import CHANCE, ID, Tasks, line_columns

SHARED = "all"  # the file's name where people share one set of labels
SPANS = "with spans but no label for the whole text"
NUMBERS = "with numbers in place of labels"
UNLABELLED = "without a label"
SEVERAL = "with several labels"
HINTS: Mapping[str, str] = {
    SPANS: "mollia labels whole texts: use a project of the kind Text Classification.",
    NUMBERS: "Export from a doccano of 2021 or newer, in the format JSONL, which writes the labels' names.",
    UNLABELLED: "Label some texts in doccano, then export the data set as JSONL.",
}


def read_export(path: Path, keys: Keys) -> Export:
    """Read the labels people gave from an export in the format JSONL or JSON.

    The person is who the file is named after, or `username` in older exports. Several labels and spans
    give no label and are counted.

    Raises
    ------
    DataError
        When a line has no text, or a question is named: doccano asks one per project.
    """
    if keys.question is not None:
        raise DataError(
            f"doccano asks one question a project, not “{keys.question}”.", hint="Leave --question out."
        )
    who = "" if path.stem == SHARED else path.stem
    found = (_said(place, example, who, keys) for place, example in records_of(path)[1])
    return gathered(str(path), found, HINTS)


def _said(place: str, example: Mapping[str, Any], who: str, keys: Keys) -> Word | str:
    """Return a word, or why there is none."""
    given = next(
        (example[name] for name in ("label", "labels", "cats") if example.get(name) is not None), None
    )
    if given is None and example.get("annotations"):
        return NUMBERS
    listed = [given] if isinstance(given, str) else given
    if not isinstance(listed, list) or not listed:
        return SPANS if example.get("entities") else UNLABELLED
    if any(isinstance(each, list | dict) for each in listed):
        return SPANS
    if len(listed) > 1:
        return SEVERAL
    return Word(
        text=needed_text(example, keys.text, place),
        spellings=(str(listed[0]),),
        place=place,
        who=str(example.get("username") or who),
        id=first_known(example.get(ID), None if keys.id == "id" else example.get(keys.id)),
        ours=example.get(ID) is not None,
        chance=chance_of(example.get(CHANCE)),
    )


def write_tasks(tasks: Tasks, path: Path) -> tuple[Path, ...]:
    """Write JSONL to import as a data set of the kind JSONL, the proposal as its label; return its path.

    What travels along (id, chance, score) is metadata in doccano and stands in its export.
    """
    write_columns(path, line_columns(tasks, "label", lambda label: [] if label is None else [label]))
    return (path,)
