"""Argilla 2's records: responses in, records with suggestions and the data set's settings out.

Format: what `dataset.records.to_json`, `to_list(flatten=True)` and `to_datasets` of argilla 2.8 write and
`from_json` reads (https://docs.argilla.io/latest/how_to_guides/import_export; the tests check both ways
with the argilla package).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mollia.errors import DataError
from mollia.exchange.exported import Keys, chance_of, first_known, only, records_of, text_of
from mollia.exchange.opinions import Export, Word, gathered
from mollia.exchange.tasks import CHANCE, ID, QUESTION, TEXT, TaskRow, Tasks, write_json

SPANS = "with spans but no label for the whole text"
UNANSWERED = "without a response"
HINTS: Mapping[str, str] = {
    SPANS: "mollia labels whole texts: add a LabelQuestion to the data set.",
    UNANSWERED: "Label some records in Argilla, then export with dataset.records(with_responses=True).to_json(path).",
}
RESPONSES = ".responses"  # ends the column of a question in flat exports
OURS = ("status", "vectors", "_server_id", "id")
MOST_VISIBLE = 20  # class names shown before a person has to search
FEWEST_VISIBLE = 3  # that Argilla takes

Response = Mapping[str, Any]


def read_export(path: Path, keys: Keys) -> Export:
    """Read the labels people gave from records, nested (`to_json`) or flat (`to_list`, `to_datasets`).

    `keys.text` is a field, `keys.id` a metadata property that holds the row's id where the record's own
    id does not, `keys.question` the LabelQuestion. Discarded responses, drafts, several
    labels and spans give no label and are counted.

    Raises
    ------
    DataError
        When the file holds no Argilla 2 records, or it is unclear which question or text is meant.
    """
    table, flat_or_nested = records_of(path)
    nested = "fields" in table.columns
    flat = any(name.endswith(RESPONSES) for name in table.columns)
    if not nested and not flat:
        older = "annotation" in table.columns and "prediction" in table.columns
        raise DataError(
            f"{path} holds no records of Argilla 2: {'they are of Argilla 1' if older else 'a record has the key fields'}.",
            hint="Export with argilla 2: dataset.records(with_responses=True).to_json(path).",
        )
    records = [(place, record if nested else _nested(record)) for place, record in flat_or_nested]
    questions = (each for _, record in records for each in _dict(record, "responses"))
    name = only(questions, keys.question, str(path))
    found = (each for place, record in records for each in _said(record, name, place, keys))
    return gathered(str(path), found, HINTS)


def _said(record: Mapping[str, Any], name: str | None, place: str, keys: Keys) -> Iterator[Word | str]:
    responses = _dict(record, "responses").get(name or "")
    known = [each for each in responses if isinstance(each, dict)] if isinstance(responses, list) else []
    if not known:
        yield UNANSWERED
    for response in known:
        found = _label(response)
        yield found if isinstance(found, str) else _word(record, response, found[0], place, keys)


def _dict(record: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = record.get(key)
    return found if isinstance(found, dict) else {}


def _nested(flat: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a flat record in the nested form; columns that are neither ours nor a question's are fields."""
    questions = [name.removesuffix(RESPONSES) for name in flat if name.endswith(RESPONSES)]
    responses: dict[str, list[dict[str, object]]] = {}
    for name in questions:
        values = flat.get(f"{name}{RESPONSES}") or []
        users = flat.get(f"{name}{RESPONSES}.users") or [None] * len(values)
        status = flat.get(f"{name}{RESPONSES}.status") or [None] * len(values)
        responses[name] = [
            {"value": value, "user_id": user, "status": said}
            for value, user, said in zip(values, users, status, strict=True)
        ]
    rest = {key: cell for key, cell in flat.items() if key not in OURS and key.split(".")[0] not in questions}
    return {"id": flat.get("id"), "fields": rest, "metadata": rest, "responses": responses}


def _label(response: Response) -> str | list[str]:
    """Return the one label as a list, or why there is none."""
    status, value = str(response.get("status") or ""), response.get("value")
    if status.endswith("draft"):
        return "drafts"
    if value is None or status.endswith("discarded"):
        return "discarded"
    values = value if isinstance(value, list) else [value]
    if any(isinstance(each, dict) for each in values):
        return SPANS
    return [str(values[0])] if len(values) == 1 else "with several labels"


def _word(record: Mapping[str, Any], response: Response, label: str, place: str, keys: Keys) -> Word:
    fields, metadata = _dict(record, "fields"), _dict(record, "metadata")
    shown = text_of(fields, keys.text)
    if shown is None:
        raise DataError(
            f"{place}: which field holds the text is unclear: {', '.join(fields) or 'there is none'}.",
            hint="Name it: --text FIELD.",
        )
    return Word(
        text=shown,
        spellings=(label,),
        place=place,
        who=str(response.get("user_id") or ""),
        id=first_known(metadata.get(ID), metadata.get(keys.id), record.get("id")),
        ours=metadata.get(ID) is not None,
        chance=chance_of(metadata.get(CHANCE)),
    )


def write_tasks(tasks: Tasks, path: Path) -> tuple[Path, ...]:
    """Write records as `records.from_json` reads them and, beside, the data set's settings; return both."""
    about = path.with_suffix(".settings.json")
    write_json(path, [_record(row, tasks.model) for row in tasks])
    write_json(about, settings(tasks.classes, tasks.instruction))
    return path, about


def _record(row: TaskRow, model: str) -> dict[str, object]:
    metadata: dict[str, object] = {ID: row.id} | ({} if row.chance is None else {CHANCE: row.chance})
    proposed = {"value": row.label, "score": row.score, "agent": model}
    return {
        "id": row.id,
        "fields": {TEXT: row.text},
        "metadata": metadata,
        "suggestions": {} if row.label is None else {QUESTION: proposed},
        "responses": {},
        "vectors": {},
    }


def settings(classes: Sequence[str], instruction: str = "") -> dict[str, object]:
    """Return what `rg.Settings.from_json` reads: one text, one label of K classes."""
    shown = {"visible_options": min(len(classes), MOST_VISIBLE)} if len(classes) >= FEWEST_VISIBLE else {}
    return {
        "guidelines": instruction or None,
        "fields": [
            {
                "name": TEXT,
                "title": "Text",
                "required": True,
                "settings": {"type": "text", "use_markdown": False},
            }
        ],
        "questions": [
            {
                "name": QUESTION,
                "title": "Label",
                "description": None,
                "required": True,
                "settings": {
                    "type": "label_selection",
                    "options": [{"value": name, "text": name, "description": None} for name in classes],
                    **shown,
                },
            }
        ],
        "vectors": [],
        "metadata": [],
        "allow_extra_metadata": True,
        "distribution": {"strategy": "overlap", "min_submitted": 1},
        "mapping": None,
    }
