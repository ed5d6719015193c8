"""Label Studio's JSON: annotated tasks in, tasks with predictions and their labelling interface out.

Format: https://labelstud.io/guide/task_format and https://labelstud.io/guide/predictions (read in
November 2026; the tests check both ways with Label Studio's own SDK).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from mollia.content import DATA, WEB
from mollia.errors import DataError
from mollia.exchange.exported import Keys, chance_of, first_known, only, records_of, text_of
from mollia.exchange.opinions import Export, Word, gathered
from mollia.exchange.tasks import CHANCE, ID, QUESTION, TEXT, TaskRow, Tasks, write_json
from mollia.whole_files import write_text

TAGS = {"text": "Text", "image": "Image", "audio": "Audio"}
LOCAL = "/data/local-files/?d="  # and a path from LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT
SPANS = "with spans or other marks but no choice for the whole text"
UNANNOTATED = "not annotated yet"
HINTS: Mapping[str, str] = {
    SPANS: "mollia labels whole texts: add a Choices control to the project and label with it.",
    UNANNOTATED: "Label some tasks in Label Studio, then export the project as JSON.",
}


def read_export(path: Path, keys: Keys) -> Export:
    """Read the choices people made from an export in the format "JSON".

    `keys.text` and `keys.id` are keys of a task's data, `keys.question` names the Choices control. Skipped
    (cancelled) annotations, several choices and spans give no label and are counted.

    Raises
    ------
    DataError
        When the file is another export, or it is unclear which question or text is meant.
    """
    table, records = records_of(path)
    if "annotations" not in table.columns:
        raise DataError(
            f"{path} holds no annotations: a Label Studio task has a key with that name.",
            hint="Export the project in the format JSON (not JSON-MIN, CSV or TSV).",
        )
    questions = (region["from_name"] for _, task in records for region in _all_choices(task))
    name = only(questions, keys.question, str(path))
    found = (each for place, task in records for each in _said(task, name, place, keys))
    return gathered(str(path), found, HINTS)


def _said(task: Mapping[str, Any], name: str | None, place: str, keys: Keys) -> Iterator[Word | str]:
    annotations = _dicts(task.get("annotations"))
    if not annotations:
        yield UNANNOTATED
    for annotation in annotations:
        found = _choice(annotation, name)
        yield found if isinstance(found, str) else _word(task, annotation, found[0], place, keys)


def _dicts(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _choices(annotation: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the regions that say something of the whole text; a choice for a span has a start."""
    for region in _dicts(annotation.get("result")):
        value = region.get("value")
        if region.get("type") == "choices" and isinstance(value, dict) and "start" not in value:
            yield region


def _all_choices(task: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for annotation in _dicts(task.get("annotations")):
        yield from (region for region in _choices(annotation) if isinstance(region.get("from_name"), str))


def _choice(annotation: Mapping[str, Any], name: str | None) -> str | list[str]:
    """Return the one class chosen as a list, or in words why there is none."""
    if annotation.get("was_cancelled"):
        return "skipped by the annotator"
    chosen: list[object] = [
        each
        for region in _choices(annotation)
        if region.get("from_name") == name
        for each in region["value"].get("choices", [])
    ]
    if len(chosen) > 1:
        return "with several choices"
    if chosen:
        return [str(chosen[0])]
    return SPANS if annotation.get("result") else "submitted without a choice"


def _word(task: Mapping[str, Any], annotation: Mapping[str, Any], label: str, place: str, keys: Keys) -> Word:
    data = task.get("data")
    fields: Mapping[str, Any] = data if isinstance(data, dict) else {}
    shown = text_of(fields, keys.text)
    if shown is None:
        raise DataError(
            f"{place}: which key of the task's data holds the text is unclear: {', '.join(fields) or 'it is empty'}.",
            hint="Name it: --text KEY.",
        )
    by = annotation.get("completed_by", "")
    who = by.get("email") or by.get("id", "") if isinstance(by, dict) else by
    return Word(
        text=shown,
        spellings=(label,),
        place=f"{place} (task {task.get('id', '?')})",
        who=str(who),
        when=str(annotation.get("updated_at") or annotation.get("created_at") or ""),
        id=first_known(fields.get(ID), fields.get(keys.id)),
        ours=ID in fields,
        chance=chance_of(fields.get(CHANCE)),
    )


def write_tasks(tasks: Tasks, path: Path) -> tuple[Path, ...]:
    """Write tasks as JSON and, beside it, the labelling interface as XML; return both paths."""
    interface = path.with_suffix(".xml")
    write_json(path, [_task(row, tasks) for row in tasks])
    write_text(interface, labelling_interface(tasks))
    return path, interface


def _task(row: TaskRow, tasks: Tasks) -> dict[str, object]:
    data: dict[str, object] = {TEXT: row.text, ID: row.id}
    if tasks.files:
        data[tasks.kind] = _address(row.file, tasks.folder)
    if row.chance is not None:
        data[CHANCE] = row.chance
    if row.label is None:
        return {"data": data}
    value = {"choices": [row.label]}
    choice = {"from_name": QUESTION, "to_name": tasks.kind, "type": "choices", "value": value}
    prediction: dict[str, object] = {
        "model_version": tasks.model,
        "result": [{"id": f"mollia-{row.id}", **choice}],
    }
    if row.score is not None:
        prediction["score"] = row.score
    return {"data": data, "predictions": [prediction]}


def _address(file: str, folder: Path) -> str:
    """Return where Label Studio opens a file: on the web, in the task itself, or among its local files, whose root is the folder's parent."""
    return file if not file or file.startswith((*WEB, DATA)) else LOCAL + quote(f"{folder.name}/{file}")


def how_to_show(tasks: Tasks) -> str:
    """Return how Label Studio must be started for its files to be seen; "" where none is among its local files."""
    if not any(_address(file, tasks.folder).startswith(LOCAL) for file in tasks.files):
        return ""
    return (
        "Label Studio shows files of its own machine only where it is told to: start it with "
        "LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true and "
        f"LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT={tasks.folder.parent}, and add {tasks.folder} to the project under "
        "Settings > Cloud Storage > Local files."  # it takes no root itself as a storage
    )


def labelling_interface(tasks: Tasks) -> str:
    """Return the XML for "Settings > Labeling Interface > Code": one text, image or sound, one choice of K classes.

    The text beside a file is shown where it is a caption. A path is not: folders are often named after classes.
    """
    captioned = any(text != file for text, file in zip(tasks.texts, tasks.files, strict=False))
    header = [f"  <Header value={quoteattr(tasks.instruction)}/>"] if tasks.instruction else []
    lines = [
        "<View>",
        *header,
        f'  <{TAGS[tasks.kind]} name="{tasks.kind}" value="${tasks.kind}"/>',
        *([f'  <Text name="{TEXT}" value="${TEXT}"/>'] if captioned else []),
        f'  <Choices name="{QUESTION}" toName="{tasks.kind}" choice="single" required="true">',
        *(f"    <Choice value={quoteattr(name)}/>" for name in tasks.classes),
        "  </Choices>",
        "</View>",
    ]
    return "\n".join(lines) + "\n"
