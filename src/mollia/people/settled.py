"""Words that were given with other people's labels in sight: they settle a row, and say nothing of how far people agree.

Such a word is stored under a name of its own, so that the first, independent words stay as they were given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mollia.ledger.human_table import Said

PREFIX = "settled by "


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A row that people labelled differently, and what each said."""

    text_id: str
    words: tuple[Said, ...]


def settling(name: str) -> str:
    """Return the name under which a person's settling words are stored."""
    return PREFIX + name


def is_settling(annotator: str) -> bool:
    """Tell whether a word was given with others' labels in sight."""
    return annotator.startswith(PREFIX)


def independent(said: Sequence[Said]) -> list[Said]:
    """Return the words of people who did not see another's label of the row."""
    return [each for each in said if not is_settling(each.annotator)]


def conflicts(said: Sequence[Said]) -> list[Conflict]:
    """Return the rows whose independent labels differ and that nobody has settled since, the oldest first.

    `said` are the words of one use; someone who was unsure contradicts nobody.
    """
    by_row: dict[str, list[Said]] = {}
    for each in said:
        if each.y >= 0:
            by_row.setdefault(each.text_id, []).append(each)
    return [
        Conflict(text_id=text_id, words=tuple(words))
        for text_id, words in by_row.items()
        if len({each.y for each in independent(words)}) > 1
        and not is_settling(max(words, key=lambda word: word.at).annotator)
    ]
