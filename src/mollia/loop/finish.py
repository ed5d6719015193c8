"""The end of a run: the last student, where each label comes from, the figures, the warnings."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import cast, get_args

import numpy as np

from mollia.arrays import Probs
from mollia.asking.advise import is_weak
from mollia.asking.advise_from import panel_glance
from mollia.asking.cascade import cascade_at_most
from mollia.loop.complete import completeness_of
from mollia.loop.curve import random_curve
from mollia.loop.labels import held_out
from mollia.loop.large_pools import MOST_LESSONS, drawn
from mollia.loop.repeat import commands, settings
from mollia.loop.result import RunResult
from mollia.loop.robust import lessons_of
from mollia.loop.rounds import Given
from mollia.loop.teach import LAST, differing, fit_student
from mollia.loop.warn import warnings
from mollia.people.agreement import people_agree
from mollia.progress import LLMS_WORTH, doing
from mollia.protocols import Student
from mollia.quality.completeness import named_no_class
from mollia.quality.gold_scores import scored_rows, scores
from mollia.quality.outcome import outcome
from mollia.quality.panel_labels import PanelLabels, labelled
from mollia.query.pool_view import distinct_rows
from mollia.records import Use
from mollia.session.origin import origin_of
from mollia.session.parts import Parts
from mollia.session.spending import spent_on
from mollia.student.export import Trained, save

STUDENT_FOLDER = "student"
FIGURES = "figures"


def finish(
    parts: Parts,
    given: Given,
    labels: PanelLabels,
    student: Student | None,
    *,
    started: float,
    stopped: str = "",
    notes: Sequence[str] = (),
) -> RunResult:
    """Fit and save the last student, and gather what the run knows.

    `started` is a monotonic time, `stopped` why the rounds ended, `notes` what the rounds warned of.
    """
    with doing(parts.progress, LAST):
        student = _last_student(parts, given, labels, student)
        probs = _predict_and_save(parts, student)
    panel = parts.panel()
    last = labels
    if student is not None:  # rows that were never asked take the student's prediction
        last = labels.predicted(probs, ~panel.asked.any(1) & ~parts.known.known)
    found = outcome(parts.evidence(), parts.fuser, labels=last, held_out=partial(held_out, parts))
    with doing(parts.progress, FIGURES):
        scored = scored_rows(parts.pool, parts.known.known) & labelled(found.source)
        state = parts.task.run.random_state
        measured = partial(scores, parts.pool, parts.known, panel, rows=scored, random_state=state)
        against_gold = measured(found.fused, probs)
    complete = completeness_of(parts, found.source, trained_on=len(given.rows))
    result = RunResult(
        name=parts.task.name,
        instruction=parts.task.instruction,
        classes=parts.classes,
        pool=parts.pool,
        panel=panel,
        names_none=parts.names_none(),
        seed=parts.seed,
        fused=found.fused,
        source=found.source,
        student_probs=probs,
        rounds=tuple(parts.store.rounds()),
        at_random=() if student is None or parts.partial else random_curve(parts, given, labels),
        estimate=found.estimate,
        judging=found.judging,
        cross_fitted=found.cross_fitted,
        scores=against_gold,
        scored_rows=int(scored.sum()) if against_gold else 0,
        completeness=complete,
        seconds=time.monotonic() - started,
        live=any(each.live for each in parts.annotators),
        spending=spent_on(parts.task, parts.store),
        calls_now=sum(result.calls for result in parts.results),
        not_asked=int((~panel.asked).sum()) if parts.task.run.cascade else 0,
        cascade_at_most=cascade_at_most(parts) if parts.task.run.cascade else None,
        problems=parts.panel_read().problems,
        stopped=stopped,
        warnings=warnings(parts, found.fused, found.source, complete, before=notes),
    )
    return _with_more(parts, result)


def _with_more(parts: Parts, result: RunResult) -> RunResult:
    """Return the result with what the report tells beside the labels: where they come from, and what would help."""
    with doing(parts.progress, LLMS_WORTH):
        glance, ahead = panel_glance(parts, ahead=is_weak(result.estimate))
    return replace(
        result,
        named_no_class=named_no_class(parts.panel_read()),
        commands=commands(parts.task),
        origin=origin_of(parts),
        people=people_agree([said for use in get_args(Use) for said in parts.store.said(use)]),
        settings=settings(parts.task),
        changed=settings(parts.task, changed=True),
        worth=glance.worth,
        outlook=ahead,
    )


def _predict_and_save(parts: Parts, student: Student | None) -> Probs:
    """Save the student, and return what it says of the pool (n, K); uniform rows where there is none."""
    n, k = len(parts.pool), parts.n_classes
    if student is None:
        return np.full((n, k), 1.0 / k)
    probs = student.predict_proba(parts.pool.texts)
    save(cast("Trained", student), parts.task.run.out / STUDENT_FOLDER, parts.classes)
    return probs


def _last_student(parts: Parts, given: Given, labels: PanelLabels, student: Student | None) -> Student | None:
    """Return the student a run leaves behind, of the kind the task names for the end.

    With the whole pool asked it learns from all of it (of a large one from a sample), and rows that no round gave weigh alpha where the
    rounds' last student and y+ differ. Otherwise it learns what that student did, which stays unless
    the two are of different kinds. Without seed and rounds the whole pool is all that it learns from.
    """
    rounds_kind, kind = parts.task.student.kinds
    rest = np.zeros(0, np.int64)
    if parts.task.run.ask == "pool":
        rest = distinct_rows(parts.groups, given.rows)
        rest = drawn(parts, rest[labels.usable[rest]], MOST_LESSONS, "last student")
    if not len(rest) and (student is None or kind == rounds_kind):
        return student
    whole = Given(human=given.human, batches=[*given.batches], discrepant={*given.discrepant})
    if len(rest):
        whole.add(rest, differing(parts, student, labels, rest))
    return fit_student(parts, lessons_of(parts, whole, labels), kind)
