"""A task's answers, as its ledger holds them, written as a recorded panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mollia.errors import DataError
from mollia.ledger.sqlite_store import SqliteStore
from mollia.session.open_task import open_task
from mollia.task.config import Task
from mollia_benchmarks.recorded_file import answers_of, read_labels, rows_of, write_labels, write_table


def record(task: Task, *, name: str, out: Path, licence: str) -> int:
    """Write `<name>_pool.parquet` and its entry in labels.json to `out`; return the number of rows.

    z and c are what mollia reads from the raw answers today. A row without a usable answer is null.

    Raises
    ------
    DataError
        When no row has gold, or an LLM of the panel has no answer in the ledger.
    """
    read_labels(out)  # a damaged one is told first
    with open_task(task) as opened:
        pool = opened.pool
        if not (pool.gold >= 0).any():
            raise DataError(
                "No row of the task has gold, so nothing can be measured on it.",
                hint='Name the column with the true classes in the task file: [data] gold = "...".',
            )
        answers = opened.answers().answers
        replies = _replies(opened.store, opened.panel.keys)
        replies |= {
            each.name: [said or None for said in each.columns.replies] for each in opened.panel.recorded
        }
    classes = [names[0] for names in task.labels]
    columns = rows_of(pool.texts, pool.gold, classes)
    for number, llm in enumerate(answers.llms):
        z, c = answers.z[:, number], answers.c[:, number]
        if not z.any() and not c.any():
            raise DataError(
                f"{llm} has no usable answer in the ledger.",
                hint="Ask the panel first: mollia annotate, with this task.",
            )
        columns |= answers_of(llm, z=z, c=c, replies=replies[llm], empty=False)
    out.mkdir(parents=True, exist_ok=True)
    file = f"{name}_pool.parquet"
    write_table(out / file, columns)
    entry = {
        "labels": classes,
        "pool": file,
        "test": None,
        "llms": list(answers.llms),
        "n": len(pool),
        "instruction": task.instruction,
        "licence": licence,
        "has_probabilities": bool(answers.z.any()),
    }
    write_labels(out, name, entry)
    return len(pool)


def _replies(
    store: SqliteStore, keys: Mapping[str, Sequence[str]]
) -> dict[str, list[tuple[str, ...] | None]]:
    """Return each LLM's raw replies per row; None where it gave none."""
    found: dict[str, list[tuple[str, ...] | None]] = {}
    for llm, asked in keys.items():
        given = {answer.key: answer.replies for answer in store.answers(asked, llms=[llm])}
        found[llm] = [given.get(key) or None for key in asked]
    return found
