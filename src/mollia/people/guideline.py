"""A guideline that grows with the work: examples of each class with why, in the ledger's manifest.

It is for people. Nothing here enters a prompt: whoever wants that writes it into the task file.
"""

from __future__ import annotations

import html
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from mollia.ledger.sqlite_store import SqliteStore
from mollia.task.config import Task

ENTRY = "guideline entry "  # in the ledger's manifest, and a number of its own
EVERY = ""  # in place of a class: a rule that is about no single one


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An example or a rule: its class by name (EVERY = none), the text ("" = none) with its row's id, and why."""

    key: str
    class_name: str
    text: str
    text_id: str
    why: str
    by: str
    at: float  # seconds since 1970


def add_entry(store: SqliteStore, *, class_name: str, text: str, text_id: str, why: str, by: str) -> str:
    """Store an example or a rule; return its key."""
    key = ENTRY + uuid.uuid4().hex
    held = {"class": class_name, "text": text, "id": text_id, "why": why, "by": by, "at": time.time()}
    store.note({key: held})
    return key


def remove_entry(store: SqliteStore, key: str, *, gone: bool = True) -> bool:
    """Leave an entry out from now on, or take it in again; False where there is none. The ledger keeps it."""
    held = store.manifest().get(key)
    if not key.startswith(ENTRY) or not isinstance(held, dict):
        return False
    store.note({key: {**held, "gone": gone}})
    return True


def entries(store: SqliteStore) -> list[Entry]:
    """Return the guideline's entries, the oldest first."""
    found = [
        Entry(
            key=key,
            class_name=str(held.get("class", "")),
            text=str(held.get("text", "")),
            text_id=str(held.get("id", "")),
            why=str(held.get("why", "")),
            by=str(held.get("by", "")),
            at=float(held.get("at", 0.0)),
        )
        for key, held in store.manifest().items()
        if key.startswith(ENTRY) and isinstance(held, dict) and not held.get("gone")
    ]
    return sorted(found, key=lambda each: each.at)


def as_markdown(task: Task, found: Sequence[Entry]) -> str:
    """Return the task's guideline with its examples as Markdown, in which texts stay texts."""
    lines = [f"# Guideline: {_plain(task.name)}", "", _plain(task.instruction), ""]
    if task.guidelines:
        lines += [_plain(task.guidelines), ""]
    lines += _section(EVERY, found)
    for each in task.classes:
        lines += [f"## {_plain(each.name)}", ""]
        if each.description:
            lines += [_plain(each.description), ""]
        lines += _section(each.name, found)
    return "\n".join(lines).rstrip() + "\n"


def _section(class_name: str, found: Sequence[Entry]) -> list[str]:
    lines = []
    for each in found:
        if each.class_name != class_name:
            continue
        quoted = [f"> {_plain(line)}" for line in each.text.splitlines()]
        row = f"row {_plain(each.text_id)}, " if each.text_id else ""
        when = time.strftime("%Y-%m-%d", time.localtime(each.at))
        lines += [
            *quoted,
            *([""] if quoted else []),
            f"{_plain(each.why)} ({row}{_plain(each.by)}, {when})",
            "",
        ]
    return lines


def _plain(text: str) -> str:
    """Return a text that Markdown shows as it is written."""
    escaped = html.escape(text, quote=False)
    return "".join(f"\\{sign}" if sign in "\\`*_[]#|" else sign for sign in escaped)
