"""A finished task carried to new data: what differs, what its human labels are worth there, and which few are needed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np

from mollia.arrays import Classes, Matrix, Probs, Rows, one_hot
from mollia.data.files import existing
from mollia.data.table import Say, quiet
from mollia.errors import DataError
from mollia.estimate import Estimate
from mollia.fusion import Mixture
from mollia.fusion.carried import STRENGTH, CarriedRows
from mollia.fusion.text_view import learn_text_view
from mollia.honest.cross_fit import folds_of
from mollia.honest.prediction_powered import weighted_share
from mollia.loop.large_pools import at_most
from mollia.people.seed_file import SeedFile, read_seed_file, write_seed_file
from mollia.people.seed_rows import SeedPool, batch_rows, random_rows
from mollia.progress import Progress, doing
from mollia.progress import quiet as no_progress
from mollia.protocols import Student
from mollia.quality.judging import Judging
from mollia.quality.outcome import outcome
from mollia.quality.shift import TEXTS, Compared, Shift, find_shift, said_by_answers
from mollia.randomness import generator
from mollia.records import PanelAnswers
from mollia.session.carried import write_carried
from mollia.session.parts import Parts, open_answered
from mollia.strings import taken
from mollia.student.export import Trained, save
from mollia.task.config import Seed, Task
from mollia.task.load import load_task
from mollia.task.task_file import TASK
from mollia.usecases.adapted_task import CARRIED, SEED, adapted_task, use_carried
from mollia.usecases.saved import Saved, saved
from mollia.whole_files import keep_inputs

LEAST = 10  # human labels of the finished task
MOST = 3000  # rows of either that are compared
RANDOM_SHARE = 0.5  # of the new labels is drawn at random, for the figure
LEAST_RANDOM = 10  # fewer give no figure
ANSWERS, STUDENT = "the LLMs' answers", "the finished task's student"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapted:
    """What `adapt` found and wrote.

    Of the new `rows` the LLMs have `answered` some. `accuracy` is the finished task's, `before` the same with its rows weighted
    for the new data, None where no weights were used; `by` told the classes' shares. Of the rows to label `random`
    were drawn and `picked` chosen for what they tell; `labelled` have a label by now. `student` was taught with the weights.
    `saved` compares with starting afresh, once there are labels.
    """

    folder: Path
    rows: int
    answered: int
    carried: int
    shift: Shift
    by: str
    accuracy: Estimate | None
    before: Estimate | None
    random: int
    picked: int
    labelled: int
    student: Path | None
    saved: Saved | None
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Old:
    """What is taken from the finished task.

    `rows` (m,) are those that people labelled.
    """

    texts: Sequence[str]
    groups: Rows
    taught: Probs
    usable: Rows
    rows: Rows
    y: Classes
    answers: PanelAnswers
    judging: Judging | None
    accuracy: Estimate | None
    new_student: Callable[[], Student]


def adapt(
    source: Path,
    to: Path,
    out: Path,
    *,
    n: int = 20,
    answers: Path | None = None,
    say: Say = quiet,
    progress: Progress = no_progress,
) -> Adapted:
    """Write to the folder `out` a task for the new data, the carried rows, and `n` rows for people to label.

    No LLM is asked. Called again it keeps the rows and their labels, and says what was saved. `answers` is the file
    with the answers of recorded LLMs to the new rows, where it is not `to` itself.

    Raises
    ------
    MolliaError
        When the task or the new data are wrong, the task has too few human labels, or `out` holds another task.
    """
    task = load_task(source)
    for name in (TASK, CARRIED, SEED):
        keep_inputs(out / name, [task.file, task.data.path, task.seed.path, to, answers])
    existing(to)  # told before anything is fitted
    with open_answered(task, progress=progress) as parts:
        parts.show_all()
        old = _finished(parts, source)
    new_task = adapted_task(task, to, out, answers=answers, say=say)
    with open_answered(_without_carried(new_task), progress=progress) as new:
        new.show_all()
        with doing(progress, "comparing old and new rows"):
            some = _some(len(old.texts), old.rows, task.run.random_state)
            heard = _compared(old, new, some)
            found = find_shift(heard.compared)
        rows = _carried(old, found, source)
        with doing(progress, "choosing rows"):
            seed = _seed(new, new_task, rows, heard.said, n=n, say=say)
        with doing(progress, "comparing with a start afresh"):
            done = saved(new, rows, seed.rows[seed.trains & seed.drawn])
        n_rows, answered = len(new.pool), int(new.panel().asked.any(1).sum())
    write_carried(rows, out / CARRIED, task.class_names)
    use_carried(out / TASK, used=done is None or done.helps)
    student = _student(old, found, some, out / "student", task.class_names)
    return Adapted(
        folder=out,
        rows=n_rows,
        answered=answered,
        carried=len(rows),
        shift=found,
        by=heard.by,
        accuracy=old.accuracy,
        before=_weighted(old, found),
        random=int((seed.trains & seed.drawn).sum()),
        picked=int((seed.trains & ~seed.drawn).sum()),
        labelled=int((seed.trains & ~seed.waiting).sum()),
        student=student,
        saved=done,
        classes=task.class_names,
    )


def _without_carried(task: Task) -> Task:
    """Return the new task as it can be opened before the rows it carries are written, and before any is drawn."""
    path = task.seed.path
    seed = task.seed if path is not None and path.exists() else Seed()
    return task.model_copy(update={"fuse": task.fuse.model_copy(update={"carried": None}), "seed": seed})


def _finished(parts: Parts, source: Path) -> _Old:
    evidence = parts.evidence()
    found = outcome(evidence, parts.fuser)
    rows = np.flatnonzero(found.known.labelled)
    if found.cross_fitted is None or len(rows) < LEAST:
        raise DataError(
            f"{source}: {len(rows)} of its rows have a human label; at least {LEAST} different texts are needed to carry "
            "the task to new data.",
            hint="Label more rows of that task first (`mollia serve`).",
        )
    return _Old(
        texts=parts.pool.texts,
        groups=parts.groups,
        taught=found.fused.posterior,
        usable=np.flatnonzero(found.labels.usable),
        rows=rows,
        y=found.known.y[rows],
        answers=evidence.answers,
        judging=found.judging,
        accuracy=found.estimate,
        new_student=partial(parts.new_student, "frozen"),
    )


def _carried(old: _Old, found: Shift, source: Path) -> CarriedRows:
    return CarriedRows(
        answers=old.answers[old.rows],
        y=old.y,
        weight=STRENGTH * found.weights.weight,
        texts=list(taken(old.texts, old.rows)),
        source=source.name,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """What is compared, and what spoke for the rows; `said` (n, K) of the new rows, where it was a student."""

    compared: Compared
    by: str
    said: Probs | None = None


def _compared(old: _Old, new: Parts, some: Rows) -> _Heard:
    """Compare `some` old rows with new ones: by the fuser where the LLMs have answered those, else by a student."""
    others = _some(len(new.pool), np.zeros(0, np.int64), new.task.run.random_state)
    vectors = _vectors(list(taken(old.texts, some)), new.pool.texts_of(others), new)
    at = np.searchsorted(some, old.rows)
    base = Compared(old_vectors=vectors[0], new_vectors=vectors[1], rows=at, y=old.y)
    panel = new.panel()
    if panel.asked.any():
        asked = others[panel.asked[others].any(1)]
        y = np.full(len(old.answers), -1)
        y[old.rows] = old.y
        P, Q = said_by_answers(
            old.answers, y, panel[asked], groups=old.groups, random_state=new.task.run.random_state
        )
        heard = replace(base, held_out=P[old.rows], old=P[old.usable], new=Q)
        return _Heard(compared=heard, by=ANSWERS)
    usable = np.intersect1d(some, old.usable)
    held_out, P = _student_says(old, np.union1d(usable, old.rows), new.pool.texts_of(others))
    heard = replace(base, held_out=held_out[old.rows], old=held_out[usable], new=P)
    said = one_hot(np.zeros(len(new.pool), np.int64), new.n_classes)  # rows that were not read are not picked
    said[others] = P
    return _Heard(compared=heard, by=STUDENT, said=said)


def _some(n: int, with_rows: Rows, state: int | None) -> Rows:
    """Return at most MOST rows of n, in order, some rows among them."""
    return np.union1d(at_most(np.arange(n), MOST, generator(state, "adapt", "rows")), with_rows)


def _vectors(old: list[str], new: list[str], parts: Parts) -> tuple[Matrix, Matrix]:
    both = learn_text_view(
        [*old, *new], encoder=parts.fuser.encoder, random_state=parts.task.run.random_state
    ).e
    return both[: len(old)], both[len(old) :]


def _student_says(old: _Old, rows: Rows, texts: list[str]) -> tuple[Probs, Probs]:
    """Return what students say of the old `rows` they were not taught (n, K; NaN elsewhere), and their mean of new texts."""
    own = list(taken(old.texts, rows))
    T = old.taught[rows]
    fold = folds_of(T.argmax(1), old.groups[rows], 5, 0)
    held_out, said = np.full(old.taught.shape, np.nan), []
    for number in np.unique(fold):
        seen, left_out = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        student = old.new_student()
        student.fit([own[row] for row in seen.tolist()], T[seen])
        held_out[rows[left_out]] = student.predict_proba([own[row] for row in left_out.tolist()])
        said.append(student.predict_proba(texts))
    return held_out, np.mean(said, axis=0)


def _student(old: _Old, found: Shift, some: Rows, folder: Path, classes: Sequence[str]) -> Path | None:
    """Teach a student the finished task's labels, each row with its weight in the new data; None without weights."""
    if not (found.weights.used and found.by):
        return None
    if found.by == TEXTS and found.texts is not None:
        rows, weight = some, found.texts.odds
    elif found.classes is not None:
        rows, weight = old.usable, old.taught[old.usable] @ found.classes.ratio
    kept = np.isin(rows, old.usable)
    rows, weight = rows[kept], weight[kept]
    student = cast(
        "Trained", old.new_student().fit(list(taken(old.texts, rows)), old.taught[rows], sample_weight=weight)
    )
    return save(student, folder, classes)


def _weighted(old: _Old, found: Shift) -> Estimate | None:
    """Return the finished task's accuracy with its judging rows weighted for the new data; None without weights."""
    judging = old.judging
    if judging is None or judging.audit or not (found.weights.used and found.by):
        return None
    weight = np.zeros(len(old.texts))
    weight[old.rows] = found.weights.weight
    mine = judging.pool_weight * weight[judging.rows]
    speaks = mine > 0
    return weighted_share(judging.right[speaks], mine[speaks])


def _seed(new: Parts, task: Task, rows: CarriedRows, said: Probs | None, *, n: int, say: Say) -> SeedFile:
    """Return the rows to label, written: at first a random part and a picked one; none is added while some wait."""
    path = cast("Path", task.seed.path)
    columns = {"id": task.seed.id, "label": task.seed.label}
    file = read_seed_file(path, new.pool, task.labels, **columns, text_format=task.seed_format, say=say)
    have, waits = int(file.trains.sum()), bool((file.trains & file.waiting).any())
    if have >= n or waits:
        return file
    pool = _seed_pool(new, rows, said)
    last = int(file.batch.max(initial=0)) + 1
    drawn = min(max(LEAST_RANDOM, math.ceil(RANDOM_SHARE * n)), n) - int((file.trains & file.drawn).sum())
    if drawn > 0:
        file = file.with_rows(random_rows(pool, drawn, file.rows, batch=last), new.pool, has_text=True)
    more = n - int(file.trains.sum())
    if more > 0:
        picked = batch_rows(pool, more, file.labels(len(new.pool)), file.rows, batch=last)
        file = file.with_rows(picked, new.pool, has_text=True)
    write_seed_file(path, file, **columns, text_format=task.seed_format)
    return file


def _seed_pool(new: Parts, rows: CarriedRows, said: Probs | None) -> SeedPool:
    state, encoder = new.task.run.random_state, new.fuser.encoder

    def fit(y: Classes) -> Probs:
        if said is not None:
            return said
        fuser = Mixture(encoder=encoder, known=rows, calibrate=False, random_state=state)
        return fuser.fit_predict_proba(new.panel(), y, texts=new.pool.texts)

    def vectors() -> Matrix:
        return learn_text_view(new.pool.texts, encoder=encoder, random_state=state).e

    return SeedPool(
        groups=new.groups,
        n_classes=new.n_classes,
        answers=new.panel,
        vectors=vectors,
        fit=fit,
        random_state=state,
    )
