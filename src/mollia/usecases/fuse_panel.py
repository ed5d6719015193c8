"""From a panel's answers, as read from a file or frame, and human labels to a result: labels with all that is known of them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mollia.arrays import MANY, Mask
from mollia.asking.advise import Glance, is_weak, quick_look
from mollia.asking.advise_from import would_help
from mollia.asking.costs import readings
from mollia.data import duplicates
from mollia.data.table import Say, quiet
from mollia.errors import DataError
from mollia.loop.result import RunResult
from mollia.people.known_rows import known_rows, some
from mollia.priors.gather import Identity
from mollia.progress import CHECKING, FUSING, LLMS_WORTH, Progress, doing
from mollia.progress import quiet as no_progress
from mollia.quality.completeness import (
    completeness,
    named_instead,
    named_no_class,
    rows_labelled,
    won_beside,
)
from mollia.quality.estimate import cross_fit
from mollia.quality.evidence import Evidence, FuserChoice
from mollia.quality.gold_scores import scored_rows, scores
from mollia.quality.labels_in_panel import never_wrong
from mollia.quality.outcome import Outcome, outcome
from mollia.quality.panel_labels import fuse_evidence
from mollia.records import HumanLabels, Pool, Use
from mollia.session.panel_file import Panel
from mollia.session.people_left_out import without_people
from mollia.session.priors import read_known
from mollia.session.text_view import TFIDF
from mollia.session.text_view import text_view as make_text_view
from mollia.session.timed_students import FREE, Terms
from mollia.student.encoder_size import AUTO
from mollia.threads import both


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How the answers are fused: a registered fuser, the view of the texts it takes (see `text_view`), a priors file."""

    name: str = "default"
    text_view: str = TFIDF
    text_model: str = AUTO
    random_state: int | None = 0
    priors: Path | None = None


DEFAULT = Method()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fusion:
    """The result, and what it rests on."""

    result: RunResult
    evidence: Evidence
    fuser: FuserChoice


def fuse_panel(
    read: Panel,
    given: Mapping[Use, HumanLabels],
    *,
    method: Method = DEFAULT,
    say: Say = quiet,
    progress: Progress = no_progress,
) -> Fusion:
    """Fuse what was read of a panel with the human labels given for each use; nothing is asked, no student is taught.

    Raises
    ------
    DataError
        When fewer than two classes are named.
    TaskError
        When the registry does not know the method.
    """
    started = time.monotonic()
    _check(read, say)
    evidence = evidence_of(read, given)
    read, left_out = without_people(read, evidence.known.y)
    evidence = replace(evidence, answers=read.answers)
    terms = Terms(progress=progress, say=say, skip="--text-view tfidf")
    fuser, note = _with_priors(*fuser_of(method, len(evidence.pool), terms), method, read)
    found, glance = both(
        lambda: _fused(evidence, fuser, note, progress),
        lambda: _looked_at(evidence, progress),
        many=len(evidence.pool) > MANY,
    )
    result = _result(read, evidence, found, method, started)
    result = replace(
        result,
        warnings=(*left_out, *result.warnings),
        worth=glance.worth,
        outlook=_would_help(evidence, found, glance, progress),
    )
    return Fusion(result=result, evidence=evidence, fuser=fuser)


def _result(read: Panel, evidence: Evidence, found: Outcome, method: Method, started: float) -> RunResult:
    """Return all but what each LLM is worth."""
    pool, known, usable = evidence.pool, evidence.known, found.labels.usable
    rows, by_panel = rows_labelled(usable, read.texts), usable & ~known.known
    scored = scored_rows(pool, known.known) & usable
    against_gold = scores(
        pool,
        known,
        evidence.answers,
        found.fused,
        None,
        rows=scored,
        random_state=method.random_state,
        molam=False,
    )
    return RunResult(
        name=Path(pool.source).stem or pool.source,
        instruction="",
        classes=read.classes,
        pool=pool,
        panel=evidence.answers,
        names_none=read.read.names_none,
        seed=training(evidence.labels),
        fused=found.fused,
        source=found.source,
        student_probs=None,
        rounds=(),
        estimate=found.estimate,
        judging=found.judging,
        cross_fitted=found.cross_fitted,
        scores=against_gold,
        scored_rows=int(scored.sum()) if against_gold else 0,
        completeness=completeness(read.read, rows),
        seconds=time.monotonic() - started,
        named_no_class=named_no_class(read.read),
        problems=read.read.problems,
        warnings=(
            *never_wrong(evidence.answers, known.y),
            *_from_answers_alone(pool, rows.wordless & by_panel),
            *won_beside(read.read, found.fused.label, by_panel),
            *found.notes,
        ),
    )


def _looked_at(evidence: Evidence, progress: Progress) -> Glance:
    """Return what each LLM is worth."""
    X = evidence.answers
    texts = evidence.pool.texts if evidence.has_texts else None
    with doing(progress, LLMS_WORTH):
        return quick_look(X, evidence.known.y, texts, classes=evidence.classes, asking=readings(X[:MANY]))


def _would_help(evidence: Evidence, found: Outcome, glance: Glance, progress: Progress) -> tuple[str, ...]:
    """Return what would help most, in sentences, where the labels are weak."""
    if not is_weak(found.estimate):
        return ()
    with doing(progress, LLMS_WORTH):
        return would_help(glance, evidence.classes, len(evidence.pool))


def _with_priors(fuser: FuserChoice, note: str, method: Method, read: Panel) -> tuple[FuserChoice, str]:
    """Return the fuser with what the method's priors file says of the panel, and the note with a sentence on it."""
    if method.priors is None:
        return fuser, note
    llms = [Identity(name=llm) for llm in read.answers.llms]
    past, unknown = read_known(method.priors, llms, [(name,) for name in read.classes])
    return replace(fuser, known=past), " ".join(filter(None, (note, *unknown)))


def _check(read: Panel, say: Say) -> None:
    check_classes(read.classes)
    for sentence in named_instead(read.read):
        say(sentence)


def _from_answers_alone(pool: Pool, wordless: Mask) -> list[str]:
    """Name the rows without a text (n,) whose label comes from the panel."""
    rows = np.flatnonzero(wordless)
    if not len(rows):
        return []
    return [f"Labelled from the answers alone, for lack of a text: {some(pool.ids_of(rows))}."]


def _fused(evidence: Evidence, fuser: FuserChoice, note: str, progress: Progress) -> Outcome:
    """Return the labels with what judges them, which goes without students. Of very many rows both are fitted side by side."""
    judged, held_out = replace(fuser, text_view=None), None
    with doing(progress, FUSING):
        if len(evidence.pool) > MANY and fuser.text_view is None:
            labels, refitted = both(
                lambda: fuse_evidence(evidence, fuser), lambda: cross_fit(evidence, judged)
            )
            held_out = lambda: refitted  # noqa: E731  # done already
        else:
            labels = fuse_evidence(evidence, fuser)
    with doing(progress, CHECKING):
        return outcome(evidence, judged, labels=labels.noting(note), held_out=held_out)


def check_classes(classes: tuple[str, ...]) -> None:
    """Refuse fewer than two classes: a choice needs two."""
    if len(classes) < 2:  # noqa: PLR2004  # the same
        raise DataError(
            f"--labels names {len(classes)} class{'es' * (len(classes) != 1)}; at least two are needed.",
            hint="Separate the class names by commas: --labels refund,delivery,other",
        )


def evidence_of(read: Panel, given: Mapping[Use, HumanLabels]) -> Evidence:
    """Return the answers with what people said of their rows."""
    pool = read.pool
    groups = duplicates.group(read.texts) if read.texts is not None else np.arange(len(pool))
    return Evidence(
        pool=pool,
        groups=groups,
        answers=read.answers,
        has_texts=read.texts is not None,
        classes=read.classes,
        labels=given,
        known=known_rows(pool, training(given), groups),
    )


def training(given: Mapping[Use, HumanLabels]) -> HumanLabels:
    """Return the labels that the fuser learns from: all but an audit sample."""
    return HumanLabels.joined(labels for use, labels in given.items() if use != "audit")


def fuser_of(method: Method, n_rows: int, terms: Terms = FREE) -> tuple[FuserChoice, str]:
    """Return the fuser with its view of the texts, and a sentence on the choice."""
    view, note = None, ""
    if method.text_view != TFIDF:
        view, note = make_text_view(
            method.text_view,
            method=method.name,
            model=method.text_model,
            n_rows=n_rows,
            random_state=method.random_state,
            terms=terms,
        )
    return FuserChoice(method=method.name, random_state=method.random_state, text_view=view), note
