"""A row's other columns, shown beside its text: those that hold no label of anyone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mollia.data.label_columns import CLASS, CONFIDENCE, LABEL, MEANING, PREFIX
from mollia.data.matching import LabelMatcher
from mollia.data.panel_columns import Base
from mollia.data.panel_wide import HUMAN, every_llm
from mollia.data.table import Table, fold, is_blank
from mollia.errors import DataError
from mollia.records import Pool
from mollia.task.config import Task

LOOKED_AT = 20_000  # rows from which it is told what a column holds
MOST_NUMBERS = 20  # columns of a row's vector that are worth a look
LONGEST = 400  # characters of a cell
SEPARATORS = "_-. :"


@dataclass(frozen=True, slots=True)
class Cell:
    """A column's name and what it holds in one row."""

    name: str
    value: str


def neutral_columns(task: Task, pool: Pool) -> tuple[str, ...]:
    """Return the columns that cannot sway whoever labels: no gold, no answer of an LLM, no earlier label, no text or id."""
    step = max(1, len(pool) // LOOKED_AT)
    some = {name: cells[::step] for name, cells in pool.columns.items()}
    n = len(range(0, len(pool), step))
    table = Table(columns=some, source=pool.source, places=range(n))
    base = Base(
        id=_named(table, task.data.id or "id"),
        text=_named(table, task.data.text),
        gold=None if task.data.gold is None else _named(table, task.data.gold),
    )
    unread = every_llm(table, base, LabelMatcher(task.labels)).unread
    llms = tuple(member.name for member in task.panel)
    own = {fold(name) for name in _content_of(task)}
    kept = (name for name in unread if fold(name) not in own)
    return tuple(name for name in kept if not _holds_labels(name, task, llms, pool.columns))


def cells_beside(pool: Pool, names: Sequence[str], row: int) -> list[Cell]:
    """Return what the named columns hold in a row, without blank ones; long cells are cut."""
    held = [(name, pool.columns[name][row]) for name in names]
    return [Cell(name, _short(str(value))) for name, value in held if not is_blank(value)]


def _content_of(task: Task) -> list[str]:
    """Return the columns that are the row's content, which is shown already, and those of long vectors."""
    data = task.data
    numbers = data.vectors if isinstance(data.vectors, tuple) and len(data.vectors) > MOST_NUMBERS else ()
    return [*filter(None, (data.image, data.audio)), *data.columns, *numbers]


def _named(table: Table, name: str) -> str | None:
    try:
        return table.find(name)
    except DataError:  # several could be meant: the task's own reading has chosen
        return name


def _holds_labels(name: str, task: Task, llms: Sequence[str], columns: Collection[str]) -> bool:
    bare = name
    while bare.startswith(PREFIX):
        bare = bare.removeprefix(PREFIX)
    ours = name.removesuffix(bare) + LABEL in columns  # the file holds the outcome of an earlier run
    return (
        (bare in MEANING and (ours or CONFIDENCE in bare))
        or bare.startswith(CLASS)
        or fold(bare) in HUMAN
        or (task.seed.path == task.data.path and bare == task.seed.label)
        or any(bare == llm or (bare.startswith(llm) and bare[len(llm)] in SEPARATORS) for llm in llms)
    )


def _short(value: str) -> str:
    return value if len(value) <= LONGEST else value[:LONGEST] + " …"
