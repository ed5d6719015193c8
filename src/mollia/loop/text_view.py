"""Which view of the texts the default fuser takes: TF-IDF, or a student taught at the end of a run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from mollia.fusion.student_view import HALVES
from mollia.loop.build import new_student
from mollia.loop.progress import Progress, quiet
from mollia.optional import is_installed, require
from mollia.protocols import Student

TFIDF, AUTO = "tfidf", "auto"
WEIGHTS = "sentence-transformers/all-MiniLM-L6-v2"  # where fine-tuning starts
SECONDS_A_ROW = 0.025  # an epoch: three rounds of two halves of short texts fine-tuned on one core
EPOCHS = 3  # with five they learned more of the panel's errors by heart
LEAST_STEPS = 150  # but fewer batches teach too little
BATCH, SMALL_BATCH = 32, 16  # the small one below LEAST_ROWS: as many steps in half the time
FILES = ("config.json", "model.safetensors", "tokenizer.json")  # that the weights are made of
MOST_SECONDS = 600.0  # what "auto" may take
LEAST_ROWS = 2000  # with half as many the students lost a point or two, with 3,000 they gained as much

StudentMaker = Callable[[], Student]


def text_view(
    name: str,
    *,
    model: str,
    n_rows: int,
    random_state: int | None,
    seconds: float = MOST_SECONDS,
    progress: Progress = quiet,
) -> tuple[StudentMaker | None, str]:
    """Return what makes the text view's students, None = TF-IDF, and a sentence on the choice.

    `name` is "tfidf", a student's kind, or "auto": fine-tuning where torch, transformers and the weights
    `model` are on this machine, the rows are at least 2,000 and take no more than `seconds`, else TF-IDF.

    Raises
    ------
    TaskError
        When no student has that name.
    """
    if name == AUTO:
        needed = n_rows * recipe(n_rows)["epochs"] * SECONDS_A_ROW
        if not (is_installed("torch") and is_installed("transformers")):
            return None, "Text view: TF-IDF; fine-tuning needs the extra torch."
        if not _at_hand(model):
            return None, f"Text view: TF-IDF; the weights {model} are not on this machine."
        if n_rows < LEAST_ROWS:
            return None, f"Text view: TF-IDF; fewer than {LEAST_ROWS:,} rows teach a student too little."
        if needed > seconds:
            return (
                None,
                f"Text view: TF-IDF; fine-tuning {n_rows} rows would take about {needed:.0f} seconds.",
            )
        name = "finetune"
    if name == TFIDF:
        return None, "Text view: TF-IDF."
    new_student(name, weights=model)  # an unknown kind is told now
    make = partial(
        new_student, name, weights=model, recipe=recipe(n_rows), random_state=random_state, progress=progress
    )
    return make, f"Text view: {name}."


def recipe(n_rows: int) -> dict[str, int]:
    """Return how a student of half of so many rows is fine-tuned."""
    batch = BATCH if n_rows >= LEAST_ROWS else SMALL_BATCH
    return {"batch": batch, "epochs": max(EPOCHS, round(LEAST_STEPS * batch * HALVES / max(n_rows, 1)))}


def _at_hand(model: str) -> bool:
    """Tell whether the weights are a folder, or in the hub's cache."""
    if Path(model).is_dir():
        return True
    hub = require("huggingface_hub", extra="torch", purpose="Looking for weights")
    try:
        return all(isinstance(hub.try_to_load_from_cache(model, name), str) for name in FILES)
    except hub.errors.HFValidationError:  # a path that is not there
        return False
