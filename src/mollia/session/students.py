"""The task's students, made with what they start from."""

from __future__ import annotations

from inspect import signature

from mollia.progress import Progress, quiet
from mollia.protocols import Encoder, Student
from mollia.registry import find
from mollia.student.recipe import Recipe
from mollia.task.config import Task


def new_student(
    kind: str,
    *,
    encoder: str | Encoder = "lexical",
    weights: str | None = None,
    recipe: Recipe | None = None,
    random_state: int | None = 0,
    progress: Progress = quiet,
) -> Student:
    """Return a student of a registered kind; each takes of the settings what it has a parameter for.

    `encoder` is what a frozen student reads, `weights` a folder or hub name where fine-tuning starts, `recipe` how the
    fine-tuning goes, where not as the student does it by itself.

    Raises
    ------
    TaskError
        When no student has that name.
    """
    maker = find("student", kind)
    settings: dict[str, object] = {"encoder": encoder, "random_state": random_state, "progress": progress}
    settings |= {} if weights is None else {"weights": weights}
    settings |= {} if recipe is None else {"recipe": recipe}
    taken = signature(maker).parameters
    student: Student = maker(**{name: value for name, value in settings.items() if name in taken})
    return student


def check_students(task: Task) -> None:
    """Load what the task's students start from, so that what lacks is said before the panel is asked.

    Raises
    ------
    MissingExtra, DataError
        When a library or the start weights cannot be had.
    """
    for kind in dict.fromkeys(task.student.kinds):
        check = getattr(new_student(kind, weights=task.student.model), "check", None)
        if check is not None:
            check()
