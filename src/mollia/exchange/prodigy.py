"""Prodigy's JSONL: annotations (`prodigy db-out`) in, a stream for the `choice` interface out.

Format: https://prodi.gy/docs/api-interfaces (read in November 2026). An example keeps every key of its
task; `accept` lists the ids of the options chosen, `answer` is "accept", "reject" or "ignore". Prodigy
is commercial and has no validator in the open, so the tests pin the documented examples.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mollia.data.write_table import write_columns
from mollia.errors import DataError
from mollia.exchange.exported import Keys, chance_of, first_known, needed_text, records_of
from mollia.exchange.opinions import Export, Word, gathered
from mollia.exchange.tasks import CHANCE, ID, TEXT, TaskRow, Tasks

SPANS = "with spans but no label for the whole text"
REJECTED = "rejected, which says only what a row is not"
UNANSWERED = "without an answer"
TIME_DIGITS = 20  # so that time stamps sort as strings
SEVERAL = "with several options"
HINTS: Mapping[str, str] = {
    SPANS: 'mollia labels whole texts: annotate with the "choice" interface or textcat.manual --exclusive.',
    UNANSWERED: "Give the output of `prodigy db-out`; this looks like a stream that nobody has answered yet.",
}


def read_export(path: Path, keys: Keys) -> Export:
    """Read the labels people gave from the output of `prodigy db-out`.

    Both ways to label whole texts are read: options (`accept`), and one proposed `label` a task with
    an answer. `keys.id` is a key of the task or of its `meta`. Ignored and rejected tasks, several
    options and spans give no label and are counted.

    Raises
    ------
    DataError
        When a task has no text, or a question is named: Prodigy asks one per task.
    """
    if keys.question is not None:
        raise DataError(
            f"Prodigy asks one question a task, not “{keys.question}”.", hint="Leave --question out."
        )
    return gathered(str(path), (said(place, example, keys) for place, example in records_of(path)[1]), HINTS)


def said(place: str, example: Mapping[str, Any], keys: Keys) -> Word | str:
    """Return a word, or why there is none."""
    answer, chosen = example.get("answer"), example.get("accept")
    if answer != "accept":
        return {None: UNANSWERED, "ignore": "ignored", "reject": REJECTED}.get(answer, f'answered "{answer}"')
    if isinstance(chosen, list) and chosen:
        return _word(example, _spellings(example, chosen[0]), place, keys) if len(chosen) == 1 else SEVERAL
    if isinstance(example.get("label"), str):
        return _word(example, (example["label"],), place, keys)
    return SPANS if example.get("spans") is not None else "accepted without an option"


def _spellings(example: Mapping[str, Any], chosen: object) -> tuple[str, ...]:
    """Return the chosen option's id and the text it is shown with."""
    options = example.get("options")
    shown = (
        [each["text"] for each in options if each.get("id") == chosen and "text" in each]
        if isinstance(options, list)
        else []
    )
    return tuple(str(each) for each in (chosen, *shown))


def _word(example: Mapping[str, Any], spellings: tuple[str, ...], place: str, keys: Keys) -> Word:
    meta = example.get("meta")
    beside: Mapping[str, Any] = meta if isinstance(meta, dict) else {}
    return Word(
        text=needed_text(example, keys.text, place, what="task"),
        spellings=spellings,
        place=place,
        who=str(example.get("_annotator_id") or example.get("_session_id") or ""),
        when=str(example.get("_timestamp") or "").zfill(TIME_DIGITS),
        id=first_known(example.get(ID), example.get(keys.id), beside.get(keys.id)),
        ours=example.get(ID) is not None,
        chance=chance_of(example.get(CHANCE)),
    )


def write_tasks(tasks: Tasks, path: Path) -> tuple[Path, ...]:
    """Write a stream for the `choice` interface as JSONL, the proposed option chosen; return its path.

    Start it with `"choice_style": "single"` in the recipe's config.
    """
    options = [{"id": name, "text": name} for name in tasks.classes]
    rows = list(tasks)
    columns: dict[str, list[object]] = {
        TEXT: [row.text for row in rows],
        "options": [options] * len(rows),
        "accept": [[] if row.label is None else [row.label] for row in rows],
        "meta": [_meta(row, tasks.model) for row in rows],
        ID: [row.id for row in rows],
    }
    if any(row.chance is not None for row in rows):
        columns[CHANCE] = [row.chance for row in rows]
    write_columns(path, columns)
    return (path,)


def _meta(row: TaskRow, model: str) -> dict[str, object]:
    """Return what the annotator sees in the card's corner."""
    return {"id": row.id} | ({} if row.label is None else {"model": model, "score": row.score})
