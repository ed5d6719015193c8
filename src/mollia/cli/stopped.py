"""What is said after Ctrl+C: what was kept, and which command goes on."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mollia.errors import MolliaError
from mollia.invocation import command

if TYPE_CHECKING:
    from mollia.progress import LlmProgress

GO_ON = {"run", "annotate", "plan"}  # commands that ask LLMs, and find what they did before


def lines(words: Sequence[str], *, llms: Sequence[LlmProgress] = (), stage: str = "") -> tuple[str, str]:
    """Return what is kept of the command `mollia words`, and what to type.

    `llms` are how far those are that were asked, `stage` is what was being done.
    """
    if not words or words[0] not in GO_ON:
        at = f" at: {stage}" if stage else ""
        return f"Stopped{at}. No file was left half-written.", f"To start over: {command(*words)}"
    return f"Stopped. {_kept(words, llms)}", f"Go on with: {command(*words)}"


def _kept(words: Sequence[str], llms: Sequence[LlmProgress]) -> str:
    """Say how many answers the ledger of the task holds, of how many where it is known."""
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
        # An earlier asking, in batches or in a cascade, may have put other questions.
        whole = sum(far.total for far in llms) if sum(far.kept for far in llms) == answers else 0
        of = f"{answers:,} of {whole:,}" if whole else f"{answers:,}"
        return f"{of} answers are kept in {ledger}; the same command goes on."
    return "Nothing had been asked yet."
