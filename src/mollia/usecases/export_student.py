"""The student of a task, or one in a folder, in the form of another library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from mollia.data.table import Say, quiet
from mollia.errors import DataError
from mollia.invocation import command
from mollia.portable.onnx_folder import write_onnx
from mollia.portable.sklearn_file import takes, write_pipeline
from mollia.session.run_folder import STUDENT
from mollia.student.export import MANIFEST
from mollia.student.load import LoadedStudent, load_student
from mollia.task.load import load_task
from mollia.task.task_file import is_task

SKLEARN = "sklearn"
FORMS: Mapping[str, Callable[[LoadedStudent, Path], tuple[Path, ...]]] = {
    SKLEARN: write_pipeline,
    "onnx": write_onnx,
}


def export_student(source: Path, form: str, out: Path, *, say: Say = quiet) -> tuple[Path, ...]:
    """Write a student in a form (one of FORMS); return the files. `say` is told where that form reads something else.

    Raises
    ------
    MolliaError
        When there is no student or it is damaged, a library is missing, the form cannot hold what the student reads, or `out`
        cannot be written.
    """
    student = load_student(student_folder(source))
    written = FORMS[form](student, out)
    if form == SKLEARN and (inputs := takes(student.features)):
        say(f"It takes {inputs}: docs/export-student.md shows how to make them.")
    return written


def is_student(source: Path) -> bool:
    """Tell whether a source is the folder of a student; one that may not be looked into is taken for one, and says so when it is read."""
    try:
        return (source / MANIFEST).is_file()
    except OSError:
        return True


def student_folder(source: Path) -> Path:
    """Return the folder of a task's student; a folder that holds a student is itself one.

    Raises
    ------
    MolliaError
        When the task is wrong or has no student yet.
    """
    if is_student(source):
        return source
    if not is_task(source):
        raise DataError(
            f"{source} is neither a task file nor the folder of a student.",
            hint="Give task.toml, or the folder student/ in the output of a run.",
        )
    task = load_task(source)
    folder = task.run.out / STUDENT
    if not is_student(folder):
        raise DataError(
            f"There is no student in {folder} yet.",
            hint=f"A run trains one: {command('run', source)}",
        )
    return folder
