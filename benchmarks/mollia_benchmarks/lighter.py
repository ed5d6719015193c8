"""`mollia bench lighter`: what small real LLMs cost, asked in every way, in the best way, in part, or hardly at all.

Two or more models are really asked about every text, each in several ways (`lighter_panel`). What each manner of asking
would have cost is the sum over the answers that it asks for (a ticket is found from all of them: its cost is that of further texts); what it makes of them is fused, and scored on the rows that
nobody labelled. The rows shown as examples are among the human labels of every draw.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, Mask, one_hot
from mollia.asking.advise import make_refits
from mollia.fusion import Mixture
from mollia.fusion.observation import observe
from mollia.panel import Asking, Costs, make_costs, parts_of, search
from mollia.panel.cascade import Course, masked, order_of, pilot_rows, run_cascade
from mollia.quality.prompt_choice import choose_prompt
from mollia.student.frozen import FrozenStudent
from mollia_benchmarks import protocol
from mollia_benchmarks.datasets import load
from mollia_benchmarks.fusion import PoolVectors
from mollia_benchmarks.grid import measure_all
from mollia_benchmarks.lighter_panel import Asked, ask, asked, write_task
from mollia_benchmarks.protocol import Cell, Scores
from mollia_benchmarks.tables import figure, table

ALL, FIRST, CHOSEN = "all", "first", "chosen"
SHOWN = {"without examples": False, "with examples": True}  # in every wording
LOSSES = (0.01, 0.04)
STUDENTS = (0.25, 0.5)  # of the rows that the panel labels for it
METHODS = (
    ALL,
    *SHOWN,
    FIRST,
    CHOSEN,
    *(f"{how} {loss:g}" for how in ("ticket", "cascade") for loss in LOSSES),
    *(f"student {share:g}" for share in STUDENTS),
    *(f"chosen, student {share:g}" for share in STUDENTS),
)
NAMED = {
    ALL: "every model in every way",
    FIRST: "every model in its first way",
    CHOSEN: "every model in the way that the labels choose",
    **{name: f"every model in every wording {name}" for name in SHOWN},
}


@cache
def _read(task: Path, models: tuple[tuple[str, Path], ...]) -> Asked:
    return asked(task, dict(models))


def measure(cell: Cell, *, task: Path, models: tuple[tuple[str, Path], ...]) -> Scores:
    """Return accuracy on the rows that nobody labelled, tokens and seconds per text, and answers per text of one manner."""
    found = _read(task, models)
    y = labels_of(found, cell.labels, cell.draw)
    fuser = Mixture(encoder=_vectors(task, models), n_jobs=1)
    own = 0.0
    if cell.method.startswith(("student", "chosen, student")):
        labels, seen, own = _student(found, fuser, y, cell)
    else:
        seen = _seen(found, fuser, y, cell.method)
        labels = fuser.fit_predict_proba(masked(found.answers, seen), y, texts=found.texts).argmax(1)
    return {
        "accuracy": float((labels == found.gold)[y < 0].mean()),
        "tokens": float((found.tokens * seen).sum() / len(y)),
        "seconds": float((found.seconds * seen).sum() / len(y)) + own / len(y),
        "answers": float(seen.sum() / len(y)),
    }


@cache
def _vectors(task: Path, models: tuple[tuple[str, Path], ...]) -> PoolVectors:
    return PoolVectors(_read(task, models).texts)


def labels_of(found: Asked, labels: int, draw: int) -> Classes:
    """Return y (n,): gold of the examples and of rows drawn at random, `labels` in all; -1 elsewhere."""
    drawn = protocol.draw_rows(len(found.gold), len(found.gold), draw)
    others = drawn[~np.isin(drawn, found.examples)][: max(labels - len(found.examples), 0)]
    return protocol.labels_in(found.gold, np.concatenate([found.examples, others]))


def _seen(found: Asked, fuser: Mixture, y: Classes, method: str) -> Mask:
    """Return which member is asked about which row (n, J)."""
    seen = np.zeros(found.tokens.shape, bool)
    if method == ALL:
        return ~seen
    if method in SHOWN:
        seen[:, [bool(each.shown) == SHOWN[method] for each in found.members]] = True
        return seen
    if method == FIRST:
        seen[:, _firsts(found)] = True
        return seen
    if method == CHOSEN:
        return _chosen(found, y)
    how, loss = method.split()
    X, costs = found.answers, _costs(found)
    if how == "cascade":
        pilot = pilot_rows(y)
        refits, _ = make_refits(X[pilot], y[pilot], [found.texts[row] for row in pilot.tolist()])
        course = Course(pilot=pilot, order=order_of(refits, costs), loss=float(loss))
        return run_cascade(lambda _llm, _rows: X, fuser, X, y, found.texts, course=course).asked
    refits, _ = make_refits(X, y, found.texts)
    ticket = search(refits, costs, loss=float(loss), views=False).ticket
    seen[:, [X.llms.index(llm) for llm in ticket.llms]] = True
    return seen


def _firsts(found: Asked) -> list[int]:
    models = [each.model for each in found.members]
    return [models.index(model) for model in dict.fromkeys(models)]


def _chosen(found: Asked, y: Classes) -> Mask:
    """Every way for the labelled rows, and for the others each model's way that they choose."""
    rows = np.flatnonzero(y >= 0)
    o = observe(found.answers[rows])
    seen = np.zeros(found.tokens.shape, bool)
    seen[rows] = True
    models = [each.model for each in found.members]
    for model in dict.fromkeys(models):
        ways = [at for at, each in enumerate(models) if each == model]
        choice = choose_prompt(o[:, ways], y[rows], np.arange(len(rows)))
        seen[:, ways[choice.chosen if choice.better else 0]] = True
    return seen


def _costs(found: Asked) -> Costs:
    each = {
        llm: Asking(
            calls=1.0, tokens=float(found.tokens[:, at].mean()), seconds=float(found.seconds[:, at].mean())
        )
        for at, llm in enumerate(found.answers.llms)
    }
    return make_costs(parts_of(found.answers), each, samples=dict.fromkeys(each, 0), unit="seconds")


def _student(found: Asked, fuser: Mixture, y: Classes, cell: Cell) -> tuple[Classes, Mask, float]:
    """Labels of a student's teaching rows from the panel, of the others from the student; who was asked; its seconds."""
    share = float(cell.method.rsplit(" ", 1)[1])
    n = len(y)
    others = np.flatnonzero(y < 0)
    drawn = np.random.default_rng(cell.draw).permutation(others)[
        : max(round(share * n) - (n - len(others)), 0)
    ]
    rows = np.sort(np.concatenate([np.flatnonzero(y >= 0), drawn]))
    own = _some(found, rows)
    seen = _seen(own, fuser, y[rows], CHOSEN if cell.method.startswith(CHOSEN) else ALL)
    texts = [found.texts[row] for row in rows.tolist()]
    P = Mixture(n_jobs=1).fit_predict_proba(masked(own.answers, seen), y[rows], texts=texts)
    human = y[rows] >= 0
    P[human] = one_hot(y[rows][human], P.shape[1])
    began = time.process_time()
    student = FrozenStudent(random_state=cell.draw).fit(texts, P)
    labels = student.predict_proba(found.texts).argmax(1)
    seconds = time.process_time() - began
    labels[rows] = P.argmax(1)
    whole = np.zeros(found.tokens.shape, bool)
    whole[rows] = seen
    return labels, whole, seconds


def _some(found: Asked, rows: Classes) -> Asked:
    """Return what was asked about some rows."""
    return replace(
        found,
        answers=found.answers[rows],
        tokens=found.tokens[rows],
        seconds=found.seconds[rows],
        gold=found.gold[rows],
        texts=tuple(found.texts[row] for row in rows.tolist()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is measured: `rows` texts of a set, by `models` of which those in `base` continue a text, with so many labels and draws."""

    models: Mapping[str, Path]
    base: frozenset[str]
    rows: int
    labels: int
    draws: int


def run(name: str, data: Path, wanted: Wanted, *, out: Path, say: Callable[[str], None]) -> str:
    """Ask what `out` does not hold yet, measure all draws; write `table.md` and `scores.json`; return the table.

    Raises
    ------
    DataError
        When a model's file or the set is not there.
    """
    models = wanted.models
    task = write_task(out / "task", load(name, data), models, base=wanted.base, rows=wanted.rows)
    ask(task, models, say)
    cells = [
        Cell(set=name, method=method, labels=wanted.labels, draw=draw)
        for draw in range(wanted.draws)
        for method in METHODS
    ]
    measured = measure_all(
        cells,
        partial(measure, task=task, models=tuple(models.items())),
        out / "cells",
        done=lambda cell, number, of: say(f"{number}/{of} {cell.file.removesuffix('.json')}"),
    )
    written = _table(measured, METHODS, wanted.draws)
    protocol.write(out, written, protocol.summary(measured))
    return written


def _table(measured: Mapping[Cell, Scores], methods: Sequence[str], draws: int) -> str:
    by = {(cell.method, cell.draw): scores for cell, scores in measured.items()}
    rows = []
    for method in methods:
        own = [by[method, draw] for draw in range(draws)]
        lost = np.array(
            [100 * (each["accuracy"] - by[ALL, draw]["accuracy"]) for draw, each in enumerate(own)]
        )
        mean = {key: float(np.mean([each[key] for each in own])) for key in own[0]}
        spread = float(np.std([each["accuracy"] for each in own]))
        seconds = mean["seconds"] / float(np.mean([by[ALL, draw]["seconds"] for draw in range(draws)]))
        rows.append(
            [
                NAMED.get(method, method),
                figure(mean["accuracy"], spread),
                "" if method == ALL else f"{lost.mean():+.1f} ± {lost.std():.1f}",
                f"{mean['answers']:.1f}",
                f"{mean['tokens']:.0f}",
                f"{mean['seconds']:.2f}",
                f"{seconds:.0%}",
            ]
        )
    head = [
        "asked",
        "accuracy",
        "points from all",
        "answers per text",
        "tokens per text",
        "seconds per text",
        "share of the seconds",
    ]
    return table(head, rows)
