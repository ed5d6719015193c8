"""The task's students, made with what they start from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import signature

from mollia.progress import Progress, quiet
from mollia.protocols import Encoder, Student
from mollia.registry import find, takes
from mollia.student.encoder_size import AUTO, chosen_weights, learning_seconds, length
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


def start_weights(task: Task, texts: Sequence[str]) -> Mapping[str, str]:
    """Return, by kind, the weights from which the task's fine-tuned students start, with a pool of such texts.

    With `model = "auto"` a kind that is taught again in every round gets the larger encoder only where all its rounds
    take no more than `encoder_size.MOST_SECONDS`.
    """
    first, last = task.student.kinds
    tuned = [kind for kind in dict.fromkeys((first, last)) if takes("student", kind, "weights")]
    if not tuned:
        return {}
    n_rows, longer = len(texts), length(texts)
    rounds = [min(n_rows, task.query.batch * number) for number in range(1, task.query.rounds + 1)]
    seconds = dict.fromkeys((first, last), 0.0)
    n_classes = len(task.classes)
    seconds[first] += sum(learning_seconds(rows, n_classes) for rows in rounds)
    seconds[last] += learning_seconds(n_rows if task.run.ask == "pool" else max(rounds, default=0), n_classes)
    return {kind: chosen_weights(task.student.model, seconds[kind] * longer) for kind in tuned}


def said_of(weights: Mapping[str, str], asked: str) -> list[str]:
    """Return a sentence for each fine-tuned kind on the weights that "auto" chose."""
    if asked != AUTO:
        return []
    return [f'The student "{kind}" starts from {name} (model = "auto").' for kind, name in weights.items()]


def check_students(task: Task, weights: Mapping[str, str]) -> None:
    """Load what the task's students start from, so that what lacks is said before the panel is asked.

    Raises
    ------
    MissingExtra, DataError
        When a library or the start weights cannot be had.
    """
    for kind in dict.fromkeys(task.student.kinds):
        check = getattr(new_student(kind, weights=weights.get(kind)), "check", None)
        if check is not None:
            check()
