"""The loop of the paper (docs/method.md, section 2), top to bottom."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from mollia.arrays import Mask, Rows
from mollia.asking.cascade import ask_in_cascade
from mollia.data.table import Say
from mollia.data.table import quiet as silent
from mollia.loop.curve import curve_scores
from mollia.loop.finish import finish
from mollia.loop.labels import fuse_asked, last_view
from mollia.loop.large_pools import looked_at, sampled
from mollia.loop.result import RunResult
from mollia.loop.rounds import Given, resume
from mollia.loop.stop_set import NO_ROW, figures, stop_set, why_to_stop
from mollia.loop.stopping import RoundBudget
from mollia.loop.teach import differing, taught
from mollia.progress import Progress, doing, quiet
from mollia.protocols import Engine, Student, View
from mollia.quality.completeness import named_instead
from mollia.quality.panel_labels import PanelLabels
from mollia.query.pool_view import PoolView, distinct_rows
from mollia.query.typiclust import typiclust
from mollia.randomness import generator
from mollia.records import Round
from mollia.registry import about
from mollia.session.parts import Parts, open_parts
from mollia.task.config import Task
from mollia.task.load import load_task

ROUNDS_STAGE = "rounds of the loop"
PICKING = "picking rows"


def run(
    task: Task | str | Path,
    *,
    ask: bool = True,
    progress: Progress = quiet,
    say: Say = silent,
    engine: Engine | None = None,
) -> RunResult:
    """Run a task to its end, going on where an earlier run stopped.

    Parameters
    ----------
    task : Task, or path of a task.toml
    ask : bool
        False puts no question to any LLM: what the ledger holds must do.
    progress : Progress
        Told what is being done.
    say : function of a sentence
        Told, before anything is fused, what was left aside while files were read, and what LLMs named in place of a class.
    engine : Engine
        Where LLMs are asked from and many texts are encoded, by default here. It is not closed.

    Raises
    ------
    MolliaError
        The task, a file, a server or the ledger is wrong; what was answered is kept.
    """
    started, task = time.monotonic(), task if isinstance(task, Task) else load_task(task)
    # Thousands of small products: waking a second thread for each costs more than it gives.
    with threadpool_limits(1), open_parts(task, ask=ask, progress=progress, engine=engine) as parts:
        given = Given(human=np.flatnonzero(parts.known.known))  # step 1: the labelled seed
        resume(given, parts.stored_rounds(), parts.pool)
        apart = stop_set(parts)
        _ask_first(parts, given, apart, cascade=task.run.cascade and ask, say=say)
        labels = fuse_asked(parts)  # step 2: the fuser, on h(x) of the seed
        student = taught(parts, given, labels)  # step 3
        stopped, notes = "", [*sampled(parts)]
        for number in range(given.number, task.query.rounds + 1):
            parts.progress(ROUNDS_STAGE, number - 1, task.query.rounds)
            begun = time.monotonic()
            if stopped := why_to_stop(parts, apart, parts.store.rounds(), warn=notes.append):
                break
            batch = pick(parts, given, student, labels, apart)  # step 4: the query strategy
            if not len(batch):
                stopped = NO_ROW
                break
            if task.run.ask == "batches":  # step 5: every LLM answers, the fuser gives y+ and Y-
                parts.ask_for(batch)
                if parts.partial:
                    break
                labels = fuse_asked(parts)
            given.add(batch, differ := differing(parts, student, labels, batch))  # step 6
            before, student = student, taught(parts, given, labels)
            scores = curve_scores(parts, given, labels, student)
            scores |= figures(parts, apart, before, student, labels)
            _store_round(parts, given, batch, differ, seconds=time.monotonic() - begun, scores=scores)
        parts.progress(ROUNDS_STAGE, task.query.rounds, task.query.rounds)
        labels, student = _read_by_a_student(parts, given, labels, student, say)
        stopped = stopped or RoundBudget(rounds=task.query.rounds).reason(given.number - 1, 0)
        return finish(parts, given, labels, student, stopped=stopped, notes=notes, started=started)


def _read_by_a_student(
    parts: Parts, given: Given, labels: PanelLabels, student: Student | None, say: Say
) -> tuple[PanelLabels, Student | None]:
    """Fuse again with a student as the text view, where that is worth its time, which it is once."""
    view, note = last_view(parts, say)
    if view is not None:
        labels = fuse_asked(parts, view=view)
        student = taught(parts, given, labels)
    return labels.noting(note), student


def _ask_first(parts: Parts, given: Given, apart: Rows, *, cascade: bool, say: Say) -> None:
    """Ask the panel about what the first student needs; say what was set aside, and what names no class."""
    for note in parts.notes:
        say(note)
    if cascade:
        ask_in_cascade(parts)
    else:
        parts.ask_for(_rows_to_ask_first(parts, given, apart))
    for note in named_instead(parts.panel_read()):
        say(note)


def _store_round(
    parts: Parts, given: Given, batch: Rows, differ: Mask, *, seconds: float, scores: Mapping[str, float]
) -> None:
    """Store a finished round: the rows picked, those of them where student and y+ differed, its figures."""
    parts.store.add_round(
        Round(
            number=given.number,
            asked=parts.pool.ids_of(batch),
            alpha=given.alpha,
            lambda_=given.lambda_,
            discrepant=parts.pool.ids_of(batch[differ]),
            seconds=seconds,
            scores=scores,
        )
    )


def _rows_to_ask_first(parts: Parts, given: Given, apart: Rows) -> Rows:
    """The whole pool, or what the loop has seen so far and what its stopping rule needs labels of."""
    if parts.task.run.ask == "pool":
        return np.arange(len(parts.pool))
    return np.concatenate([given.rows, apart]) if parts.task.run.stop == "plateau" else given.rows


def pick(
    parts: Parts, given: Given, student: Student | None, labels: PanelLabels, apart: Rows | None = None
) -> Rows:
    """Let the strategy pick from texts that are not given yet; one row stands for its copies.

    Rows of the stop set `apart` are left where they are.
    """
    whole = parts.task.run.ask == "pool"
    left = distinct_rows(parts.groups, given.rows if apart is None else np.append(given.rows, apart))
    if whole:
        left = left[labels.usable[left]]
    left = looked_at(parts, left, given.number)
    rng = generator(parts.task.run.random_state, "query", given.number)
    texts = parts.pool.texts_of(left)
    seen = parts.pool.texts_of(given.rows)
    panel = parts.panel()[left] if whole else None
    fused = labels.fused.posterior[left] if whole else None
    strategy = parts.strategy
    view: View
    if student is not None:
        view = PoolView(student=student, texts=texts, labelled_texts=seen, panel=panel, fused=fused)
    else:  # the cold start: nothing is labelled yet
        encode = parts.encoder.encode
        view = PoolView.without_student(
            encode(texts), parts.n_classes, labelled_vectors=encode(seen), panel=panel, fused=fused
        )
        if about("query", parts.task.query.strategy).needs_student:
            strategy = typiclust
    with doing(parts.progress, PICKING):
        return left[strategy(view, parts.task.query.batch, rng).rows]
