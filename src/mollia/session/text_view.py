"""Which view of the texts the default fuser takes: TF-IDF, or a student taught at the end of a run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from mollia.fusion.student_view import HALVES
from mollia.optional import is_installed
from mollia.progress import Progress, quiet
from mollia.protocols import Student
from mollia.registry import takes
from mollia.session.students import new_student
from mollia.student.recipe import Recipe
from mollia.student.start_weights import at_hand

TFIDF, AUTO = "tfidf", "auto"
WEIGHTS = "sentence-transformers/all-MiniLM-L6-v2"  # where fine-tuning starts
SECONDS_PER_ROW = 0.04  # an epoch: five rounds of two halves of short texts fine-tuned on one core
EPOCHS = 3  # with five they learned more of the panel's errors by heart
LEAST_STEPS = 150  # but fewer batches teach too little
BATCH, SMALL_BATCH, SMALL = 32, 16, 2000  # below 2,000 rows small batches: as many in half the time
MOST_SECONDS = 600.0  # what "auto" may take

StudentMaker = Callable[[], Student]


def text_view(
    name: str,
    *,
    method: str = "default",
    model: str,
    n_rows: int,
    random_state: int | None,
    seconds: float = MOST_SECONDS,
    progress: Progress = quiet,
) -> tuple[StudentMaker | None, str]:
    """Return what makes the text view's students, None = the method's own view, and a sentence on the choice.

    `name` is "tfidf", a student's kind, or "auto": fine-tuning where torch, transformers and the weights
    `model` are on this machine and the rows take no more than `seconds`, else TF-IDF. A method that hears no student has no view to choose.

    Raises
    ------
    TaskError
        When no student has that name.
    """
    if name in {AUTO, TFIDF} and not takes("fuser", method, "student"):
        return None, ""
    if name == AUTO:
        needed = n_rows * recipe(n_rows).epochs * SECONDS_PER_ROW
        if not (is_installed("torch") and is_installed("transformers")):
            return (
                None,
                'The texts were read as word counts (TF-IDF). For better labels: pip install "mollia[torch]"',
            )
        if not at_hand(model):
            return (
                None,
                f"The texts were read as word counts (TF-IDF): the weights {model} are not on this machine.",
            )
        if needed > seconds:
            minutes = f"{n_rows:,} rows could take {needed / 60:.0f} minutes on one core"
            return (
                None,
                f'The texts were read as word counts (TF-IDF): {minutes} (the text view "finetune" takes them all the same).',
            )
        name = "finetune"
    if name == TFIDF:
        return None, "The texts were read as word counts (TF-IDF)."
    new_student(name, weights=model)  # an unknown kind is told now
    make = partial(
        new_student, name, weights=model, recipe=recipe(n_rows), random_state=random_state, progress=progress
    )
    return make, f"Text view: {name}."


def recipe(n_rows: int) -> Recipe:
    """Return how a student of half of so many rows is fine-tuned."""
    batch = BATCH if n_rows >= SMALL else SMALL_BATCH
    return Recipe(batch=batch, epochs=max(EPOCHS, round(LEAST_STEPS * batch * HALVES / max(n_rows, 1))))
