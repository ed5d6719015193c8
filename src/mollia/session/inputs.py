"""The files that a task reads: no output may take the place of one."""

from __future__ import annotations

from pathlib import Path

from mollia.session.run_folder import LABELS, LEDGER, REPORT, SUMMARY
from mollia.task.config import Task
from mollia.whole_files import keep_inputs


def files_read(task: Task, *, seed: bool = True) -> tuple[Path, ...]:
    """Return the files that a task names, that of the seed too unless told otherwise, and the task's own."""
    members = [value for member in task.panel for _, value in member if isinstance(value, Path)]
    people = [task.seed.path] if seed and task.seed.path is not None else []
    return (task.file, task.data.path, *people, *members)


def check_outputs(task: Task) -> None:
    """Refuse a task whose run would write over a file that the task reads.

    Raises
    ------
    DataError
        Naming both files.
    """
    for name in (LABELS, SUMMARY, REPORT, LEDGER):
        keep_inputs(task.run.out / name, files_read(task), hint="Give the run another folder (run.out).")
