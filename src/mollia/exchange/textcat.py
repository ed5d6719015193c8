"""spaCy's text categories: one JSON object a line with `text` and `cats`, a number for each class.

Format: spaCy's training data (https://spacy.io/api/data-formats, read in November 2026): `cats` maps each label to 0 or 1, and of
classes that exclude each other one has 1. Prodigy's `textcat` recipes give the same labels as `accept`, or as one `label` with an
answer; both are read too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mollia.data.write_table import write_columns
from mollia.errors import DataError
from mollia.exchange import prodigy
from mollia.exchange.exported import Keys, chance_of, first_known, needed_text, records_of
from mollia.exchange.opinions import Export, Word, gathered
from mollia.exchange.tasks import CHANCE, ID, Tasks, line_columns

HALF = 0.5  # from which a category counts as given
SEVERAL = "with several categories"
NONE = "without a category"
HINTS: Mapping[str, str] = {
    SEVERAL: "mollia gives a text one class: use textcat, not textcat_multilabel.",
    NONE: 'Expected a line such as {"text": "...", "cats": {"Refund": 1, "Delivery": 0}}.',
}


def read_export(path: Path, keys: Keys) -> Export:
    """Read labels from `cats`, and from Prodigy's answers where a line has none.

    Several categories and none give no label and are counted.

    Raises
    ------
    DataError
        When a line has no text, or a question is named.
    """
    if keys.question is not None:
        raise DataError(
            f"Text categories answer one question, not “{keys.question}”.", hint="Leave --question out."
        )
    found = (_said(place, example, keys) for place, example in records_of(path)[1])
    return gathered(str(path), found, {**HINTS, **prodigy.HINTS})


def _said(place: str, example: Mapping[str, Any], keys: Keys) -> Word | str:
    """Return a word, or why there is none."""
    cats = example.get("cats")
    if not isinstance(cats, dict):
        return prodigy.said(place, example, keys) if "answer" in example else NONE
    given = [name for name, value in cats.items() if _number(value, place, name) >= HALF]
    if len(given) != 1:
        return SEVERAL if given else NONE
    meta = example.get("meta")
    beside: Mapping[str, Any] = meta if isinstance(meta, dict) else {}
    return Word(
        text=needed_text(example, keys.text, place),
        spellings=(given[0],),
        place=place,
        who=str(example.get("_annotator_id") or ""),
        id=first_known(example.get(ID), example.get(keys.id), beside.get(keys.id)),
        ours=example.get(ID) is not None,
        chance=chance_of(example.get(CHANCE)),
    )


def _number(value: object, place: str, name: str) -> float:
    if value is None:
        return 0.0
    if not isinstance(value, int | float):
        raise DataError(
            f'{place}: the category "{name}" has {value!r}, not a number.',
            hint="Expected 0 or 1, or true or false.",
        )
    return float(value)


def write_tasks(tasks: Tasks, path: Path) -> tuple[Path, ...]:
    """Write texts with `cats`, 1 for the label and 0 for all others, null without one; return the path.

    What travels along (id, chance, score) has keys of its own, which spaCy leaves alone.
    """

    def cats(label: str | None) -> dict[str, float] | None:
        return None if label is None else {name: float(name == label) for name in tasks.classes}

    write_columns(path, line_columns(tasks, "cats", cats))
    return (path,)
