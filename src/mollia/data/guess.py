"""Which columns of a table are likely its texts, ids and labels: proposals for `mollia init`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from mollia.data.cells import MOST_DIGITS
from mollia.data.table import Say, Table, as_text, fold, is_blank, quiet

TEXTS = ("text", "sentence", "document", "content", "body", "message", "review", "comment", "question")
IDS = ("id", "uid", "uuid", "guid", "key", "row_id", "text_id", "doc_id")
LABELS = ("label", "gold", "class", "category", "target", "topic", "y")
FEWEST_CLASSES, MOST_CLASSES = 2, 200
FEWEST_IDS = 3  # rows from which different values mean anything
# One word with a digit in it, which is no measurement and no date.
_CODE = re.compile(r"(?!\d*[.,]\d+$)(?!\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:T|$))(?=\S*\d)\S{1,64}")
_NAMED_ID = re.compile(r"(?:\b|_|[a-z](?=[IN]))(?:ids?|nr|no|num|number|key|code)$", re.IGNORECASE)
FEWEST_WORDS = 3  # of a text, on average


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """Likely columns, None where none fits; `classes` are the label column's labels, in order."""

    text: str | None
    id: str | None
    label: str | None
    classes: tuple[str, ...]
    labelled: int  # rows that have a label


def guess_columns(table: Table) -> Guess:
    """Propose columns by their names, and the texts by their length where no name fits."""
    label = next((name for name in _called(table, LABELS) if _labels(table.columns[name])), None)
    ids = next((name for name in _called(table, IDS) if _unique(table.columns[name])), None)
    ids = ids or _ids_by_uniqueness(table, {label, guess_text(table, [*table.columns])})
    others = [name for name in table.columns if name not in {label, ids}]
    text = guess_text(table, others)
    found = _labels(table.columns[label]) if label else {}
    return Guess(text=text, id=ids, label=label, classes=tuple(found), labelled=sum(found.values()))


def guess_text(table: Table, others: Sequence[str]) -> str | None:
    """Return the column that is likely the texts: by its name, else by its length; None without any to choose from."""
    named = next((name for name in _called(table, TEXTS) if name in others), None)
    if named is not None:
        return named
    lengths = {name: _mean_length(table.columns[name]) for name in others}
    return max(lengths, key=lambda name: lengths[name], default=None)


def take_text(table: Table, name: str | None, *, say: Say = quiet) -> str:
    """Return the column with the texts: the one named, else "text", else the likeliest, which `say` is told.

    Raises
    ------
    DataError
        When the one named is not there, or no column holds words.
    """
    if name is not None:
        return table.need(name, "the texts", say=say)
    if (known := table.find(TEXTS[0], say=say)) is not None:
        return known
    others = [each for each in table.columns if fold(each) not in {*IDS, *LABELS}]
    found = guess_text(table, others)
    if found is None or (len(table) and not _mean_length(table.columns[found])):
        return table.need(TEXTS[0], "the texts")
    say(took_text(table.source, found))
    return found


def took_text(source: str, column: str) -> str:
    """Return the sentence about a column of texts that nobody named."""
    return f'{source}: took column "{column}" as the texts (--text names another).'


def prose_among(table: Table, names: Sequence[str]) -> str | None:
    """Return which of some columns that nothing else is read from is likely the texts; None where none is.

    Its name says so, or its cells are sentences that hardly repeat.
    """
    found = guess_text(table, names)
    if found is None or fold(found) in TEXTS:
        return found
    cells = [cell for cell in table.columns[found] if isinstance(cell, str) and not is_blank(cell)]
    words = sum(len(cell.split()) for cell in cells)
    return found if words >= FEWEST_WORDS * len(cells) > 0 and len(set(cells)) > len(cells) / 2 else None


def _called(table: Table, names: Iterable[str]) -> list[str]:
    """Return the columns with one of the names, in the names' order."""
    folded = {fold(column): column for column in table.columns}
    return [folded[name] for name in names if name in folded]


def _labels(cells: Sequence[object]) -> dict[str, int]:
    """Return how many rows each label has, numbers and words in order; {} where they look like no labels.

    Spellings that differ only in case or blanks at their ends are one label, as most rows write it.
    """
    spellings = Counter((as_text(cell) or "").strip() for cell in cells if not is_blank(cell))
    name_of: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for written, rows in spellings.most_common():
        counts[name_of.setdefault(fold(written), written)] += rows
    if "" in counts or not FEWEST_CLASSES <= len(counts) <= min(MOST_CLASSES, counts.total() / 2):
        return {}
    return {name: counts[name] for name in sorted(counts, key=_order)}


def _order(name: str) -> tuple[bool, int, str]:
    number = name.removeprefix("-").isdecimal() and len(name) <= MOST_DIGITS
    return (not number, int(name) if number else 0, name)


def _ids_by_uniqueness(table: Table, others: AbstractSet[str | None]) -> str | None:
    """Return a column that nobody called "id" and that tells every row from the others, as ids do; None without any."""
    if len(table) < FEWEST_IDS or table.find("id") is not None:
        return None
    unique = [name for name in table.columns if name not in others and _unique(table.columns[name])]
    coded = [
        name for name in unique if all(_CODE.fullmatch(as_text(cell) or "") for cell in table.columns[name])
    ]
    return next((name for name in coded if _NAMED_ID.search(name)), next(iter(coded), None))


def _unique(cells: Sequence[object]) -> bool:
    written = [as_text(cell) for cell in cells]
    return all(written) and len(set(written)) == len(written)


def _mean_length(cells: Sequence[object]) -> float:
    lengths = [len(cell) if isinstance(cell, str) else 0 for cell in cells]
    return sum(lengths) / max(len(lengths), 1)


def alike_columns(table: Table, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return columns that mostly hold the same few values, as answers of several LLMs do, and these values; none where none do."""
    labels = {name: {fold(label): label for label in _labels(table.columns[name])} for name in names}
    for own in labels.values():
        alike = [name for name, other in labels.items() if _mostly(own.keys(), other.keys())]
        if len(alike) > 1:
            values = {key: label for name in reversed(alike) for key, label in labels[name].items()}
            return alike, sorted(values.values(), key=_order)
    return [], []


def _mostly(own: AbstractSet[str], other: AbstractSet[str]) -> bool:
    return len(own & other) * 2 > len(own | other)
