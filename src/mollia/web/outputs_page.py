"""What the page says of the run's outputs: how old they are, what is going on, what may be accepted together."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from mollia.arrays import Mask
from mollia.ledger.sqlite_store import SqliteStore
from mollia.people.accepted import Acceptance, acceptance
from mollia.quality.target import Promise, promise
from mollia.report.numbers import count, duration
from mollia.session.recorded_columns import answers_by_llm
from mollia.session.run_folder import LABELS, REPORT, SUMMARY
from mollia.web.desk import USES, Desk
from mollia.web.fit import Fitter, Standing
from mollia.web.job import JobState

TARGETS = (0.9, 0.95, 0.98, 0.99)
FILES = {
    LABELS: "the rows with their labels",
    REPORT: "the report",
    SUMMARY: "the figures as JSON",
}
PEOPLE, GUIDELINE = "people.csv", "guideline.md"  # made when they are asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFile:
    """A file that can be downloaded: what it is, and when it was written ("" = now)."""

    name: str
    about: str
    written: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What accepting at a target would do: how many rows, and what the promise rests on."""

    target: float
    n_rows: int
    n_open: int
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputsView:
    """What the box shows."""

    job: JobState | None
    time: str  # that it has taken
    missing: str  # what a run would still ask
    files: Sequence[OutputFile]
    newer_labels: int  # human labels given since the outputs were written
    accepted: Acceptance | None
    n_accepted: int
    offers: Sequence[Offer]
    why_none: str
    said: str


def show_outputs(desk: Desk, fitter: Fitter, *, said: str = "") -> OutputsView:
    """Return the state of outputs, job and acceptance."""
    job, standing = desk.jobs.state(), fitter.standing
    accepted = acceptance(desk.store)
    offers = [] if standing is None else [_offer(standing, target) for target in TARGETS]
    usable = [each for each in offers if each.n_rows]
    folder = desk.task.run.out
    return OutputsView(
        job=job,
        time="" if job is None else duration(job.seconds),
        missing=_missing(desk),
        files=[
            *(
                OutputFile(name=name, about=about, written=_written(folder / name))
                for name, about in FILES.items()
                if (folder / name).is_file()
            ),
            OutputFile(name=PEOPLE, about="every label people gave, with who, when and why", written=""),
            OutputFile(name=GUIDELINE, about="the guideline with its examples", written=""),
        ],
        newer_labels=_newer(desk.store, folder / LABELS),
        accepted=accepted,
        n_accepted=0 if accepted is None or standing is None else int(accepted_rows(desk, standing).sum()),
        offers=usable,
        why_none=_why_none(offers),
        said=said,
    )


@lru_cache(maxsize=8)
def promised(standing: Standing, target: float) -> Promise:
    """Return which labels of a fit hold a target accuracy; tested once per fit."""
    return promise(
        standing.judging,
        standing.posterior,
        labelled=standing.label >= 0,
        human=standing.known.known,
        target=target,
    )


def accepted_rows(desk: Desk, standing: Standing) -> Mask:
    """Mark the rows (n,) whose labels were accepted together: none of them a person's."""
    accepted = acceptance(desk.store)
    if accepted is None:
        return np.zeros(len(desk.pool), bool)
    rows: Mask = promised(standing, accepted.target).rows & ~standing.known.known
    return rows


def _offer(standing: Standing, target: float) -> Offer:
    found = promised(standing, target)
    n = 0 if found.accepted is None else int(found.accepted.rows.sum())
    return Offer(target=target, n_rows=n, n_open=found.n_open, said=str(found.accepted or found.why))


def _why_none(offers: Sequence[Offer]) -> str:
    """Return why nothing can be accepted at the lowest target; "" where something can, or nothing is known."""
    if not offers or any(each.n_rows for each in offers):
        return ""
    return offers[0].said


def _missing(desk: Desk) -> str:
    total = len(desk.pool) * len(desk.task.panel)
    there = sum(each.answers for each in answers_by_llm(desk.store))
    left = max(0, total - there)
    return "" if not left else f"{count(left)} of {count(total)} answers are not there yet."


def _written(path: Path) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(path.stat().st_mtime))


def _newer(store: SqliteStore, labels: Path) -> int:
    """Return how many human labels came after the labels were written."""
    if not labels.is_file():
        return 0
    since = labels.stat().st_mtime
    return sum(each.at > since for use in USES for each in store.said(use))
