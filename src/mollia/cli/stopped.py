"""What is said after Ctrl+C: what was kept, and which command goes on."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from mollia.errors import MolliaError
from mollia.invocation import command

GO_ON = {"run", "annotate", "plan"}  # commands that find what they did before


def lines(words: Sequence[str]) -> list[str]:
    """Return what is kept of the command `mollia words`, and what to type."""
    if not words or words[0] not in GO_ON:
        return ["Stopped. No file was left half-written.", f"To start over: {command(*words)}"]
    return [f"Stopped. {_kept(words)}", f"Go on with: {command(*words)}"]


def _kept(words: Sequence[str]) -> str:
    """Say how many answers the ledger of the task holds."""
    from mollia.ledger.sqlite_store import open_store  # noqa: PLC0415  # heavy: keeps --help fast
    from mollia.session.recorded_columns import answers_by_llm  # noqa: PLC0415  # the same
    from mollia.session.run_folder import LEDGER  # noqa: PLC0415  # the same
    from mollia.task.load import load_task  # noqa: PLC0415  # the same
    from mollia.task.task_file import is_task  # noqa: PLC0415  # the same

    with suppress(MolliaError, OSError):
        task = next(Path(word) for word in words[1:] if is_task(Path(word)))
        ledger = load_task(task).run.out / LEDGER
        with open_store(ledger, read_only=True) as store:
            answers = sum(each.answers - each.failures for each in answers_by_llm(store))
        return f"{answers} answers are kept in {ledger}."
    return "Nothing had been asked yet."
