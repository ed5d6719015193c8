"""Which view of the texts the default fuser takes: TF-IDF, or a student taught at the end of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mollia.fusion.student_view import HALVES, MOST_ROUNDS
from mollia.optional import is_installed
from mollia.progress import Progress
from mollia.protocols import Student
from mollia.registry import takes
from mollia.session.students import new_student
from mollia.session.timed_students import FREE, Terms, TimedStudents, spoken
from mollia.student.encoder_size import MOST_SECONDS, SECONDS_PER_ROW, chosen_weights, cost
from mollia.student.recipe import Recipe
from mollia.student.start_weights import at_hand

TFIDF, AUTO, FINETUNE = "tfidf", "auto", "finetune"
EPOCHS = 3  # with five they learned more of the panel's errors by heart
LEAST_STEPS = 150  # but fewer batches teach too little
BATCH, SMALL_BATCH, SMALL = 32, 16, 2000  # below 2,000 rows small batches: as many in half the time

StudentMaker = Callable[[], Student]


def text_view(
    name: str,
    *,
    method: str = "default",
    model: str,
    n_rows: int,
    random_state: int | None,
    terms: Terms = FREE,
) -> tuple[StudentMaker | None, str]:
    """Return what makes the text view's students, None = the method's own view, and a sentence on why there are none.

    `name` is "tfidf", a student's kind, or "auto": fine-tuning where torch, transformers and the weights
    `model` are on this machine and the rows take no more than `terms` allow (by default MOST_SECONDS), else TF-IDF.
    `model` "auto" is the largest known encoder here that takes no more than that, MiniLM where none does. A method that
    hears no student has no view to choose.

    Raises
    ------
    TaskError
        When no student has that name.
    """
    if name in {AUTO, TFIDF} and not takes("fuser", method, "student"):
        return None, ""
    needed = 0.0
    allowed = MOST_SECONDS if terms.seconds is None else terms.seconds
    if name in {AUTO, FINETUNE}:
        with_minilm = n_rows * recipe(n_rows).epochs * MOST_ROUNDS * SECONDS_PER_ROW
        model = chosen_weights(model, with_minilm, allowed=allowed)
        needed = with_minilm * cost(model)
    if name == AUTO:
        terms = replace(terms, seconds=allowed)
        if (lacking := _lacking(model, n_rows, needed=needed, allowed=allowed)) is not None:
            return None, f"The texts were read as word counts (TF-IDF){lacking}"
        name = FINETUNE
    if name == TFIDF:
        return None, "The texts were read as word counts (TF-IDF)."
    new_student(name, weights=model)  # an unknown kind is told now

    def make(progress: Progress) -> Student:
        return new_student(
            name, weights=model, recipe=recipe(n_rows), random_state=random_state, progress=progress
        )

    settings = f"{model} {recipe(n_rows)} {random_state}"
    return TimedStudents(name, make, terms, settings=settings, expected=needed), ""


def _lacking(model: str, n_rows: int, *, needed: float, allowed: float) -> str | None:
    """Return the end of a sentence on why "auto" takes TF-IDF, None where it need not."""
    if not (is_installed("torch") and is_installed("transformers")):
        return '. For better labels: pip install "mollia[torch]"'
    if not at_hand(model):
        return f": the weights {model} are not on this machine."
    if needed > allowed:
        return (
            f": {n_rows:,} rows could take {needed / 60:.0f} minutes on one core, and the time allowed is {spoken(allowed)} "
            "(text_view_minutes allows more)."
        )
    return None


def recipe(n_rows: int) -> Recipe:
    """Return how a student of half of so many rows is fine-tuned."""
    batch = BATCH if n_rows >= SMALL else SMALL_BATCH
    return Recipe(batch=batch, epochs=max(EPOCHS, round(LEAST_STEPS * batch * HALVES / max(n_rows, 1))))
