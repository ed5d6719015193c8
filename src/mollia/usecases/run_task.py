"""`mollia.run`: a task to its end, with a bar while it runs, and its outputs written where they are asked for."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path

from mollia.data.table import Say, quiet
from mollia.errors import TaskError, a_kind
from mollia.loop.run import run as run_loop
from mollia.people.accepted import accepted_target
from mollia.progress import Progress
from mollia.protocols import Engine
from mollia.session.run_folder import LEDGER
from mollia.session.task_pool import labels_format
from mollia.task.config import Task
from mollia.task.load import load_task
from mollia.usecases.progress import shown
from mollia.usecases.result import Result
from mollia.whole_files import as_path


def run(
    task: Task | str | os.PathLike[str],
    *,
    ask: bool = True,
    progress: bool | Progress = False,
    outputs: bool | str | os.PathLike[str] = False,
    target: float | None = None,
    say: Say = quiet,
    engine: Engine | None = None,
) -> Result:
    """Run a task to its end, going on where an earlier run stopped.

    Parameters
    ----------
    task : Task, or path of a task.toml
        `mollia.Task(...)` makes one without a file.
    ask : bool
        False puts no question to any LLM: what the ledger holds must do.
    progress : bool or Progress
        True shows bars in a terminal and in Jupyter, plain lines elsewhere. A function is told stage, done and total.
    outputs : bool or folder
        Where labels.csv, summary.json and report.html are written; True: the task's own folder. The ledger and the
        student lie in the task's folder always.
    target : float, optional
        An accuracy to hold: labels.csv then has a column accept. By default the one at which labels were accepted on
        the page, if they were.
    say : function of a sentence
        Told what was left aside while files were read, and what LLMs named in place of a class.
    engine : Engine
        Where LLMs are asked from, by default here. It is not closed.

    Raises
    ------
    MolliaError
        The task, a file, a server or the ledger is wrong; what was answered is kept.
    """
    if not isinstance(task, (Task, str, os.PathLike)):
        raise TaskError(
            f"mollia.run cannot run {a_kind(task)}.",
            hint='Give the path of a task file, or mollia.Task(name="...", data="texts.csv", ...).',
        )
    if not (isinstance(progress, bool) or callable(progress)):
        raise TaskError(
            f"progress is {a_kind(progress)}.",
            hint="Expected True, False, or a function of stage, done, total.",
        )
    elsewhere = None if isinstance(outputs, bool) else as_path(outputs, "outputs")
    loaded = task if isinstance(task, Task) else load_task(Path(task))
    with shown(silent=not progress) if isinstance(progress, bool) else nullcontext(progress) as told:
        found = Result(run=run_loop(loaded, ask=ask, progress=told, say=say, engine=engine))
    if outputs is not False:
        folder = elsewhere or loaded.run.out
        if target is None:
            target = accepted_target(loaded.run.out / LEDGER)
        found.write(folder, target=target, text_format=labels_format(loaded).text_format)
    return found
