"""`mollia bench priors`: what a panel showed on other tasks of its family, given to a new task: with and without, paired.

Each set is a finished task once: fused with 100 human labels of a draw that nothing else uses, and written as
`mollia priors` writes it. Then each is the new task: the priors are those of the other sets on which its LLMs answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, Probs
from mollia.errors import DataError
from mollia.fusion import Mixture, fuse
from mollia.fusion.known_llms import KnownLLMs
from mollia.fusion.panel_trees import SHIPPED
from mollia.honest.cross_fit import cross_fitted_posterior
from mollia.priors.file import parse_priors, text_of
from mollia.priors.gather import Finished, Identity, Judged, gather
from mollia.priors.match import known_llms
from mollia.priors.merge import merged
from mollia_benchmarks import protocol
from mollia_benchmarks.datasets import Recorded, load
from mollia_benchmarks.described import about
from mollia_benchmarks.families import families, members
from mollia_benchmarks.fusion import PoolVectors, trees_of
from mollia_benchmarks.gains import Gain, over_sets
from mollia_benchmarks.grid import Made
from mollia_benchmarks.job import Job
from mollia_benchmarks.protocol import Cell, Scores
from mollia_benchmarks.scores import lead, score
from mollia_benchmarks.tables import figure, table

PAST = "past"
PAST_LABELS = 100
PAST_DRAW = 900  # of the finished tasks; no new task draws so
WITHOUT, WITH = "default", "priors"
SHOWN = ("accuracy", "log_loss", "ece")
WON, WON_ERROR = "won", "won_error"


def run(job: Job, *, labels: Sequence[int], draws: int, rows: int, trees: Path | None = None) -> str:
    """Measure all cells, write `table.md` and `scores.json` to `job.out`; return the table.

    Raises
    ------
    DataError
        When no two of the sets share an LLM.
    """
    family_of = families({name: about(name, job.data).llms for name in job.sets})
    known_from = {name: _siblings(name, job, family_of) for name in job.sets}
    sets = [name for name in job.sets if known_from[name]]
    if not sets:
        raise DataError(
            "No two of the sets share their LLMs, so none can start from another.",
            hint="Choose sets of one family, such as --sets policy_en,policy_nl.",
        )
    others = trees_of(job, trees)
    past = dict.fromkeys(source for name in sets for source in known_from[name])
    finished = [Cell(set=name, method=PAST, labels=PAST_LABELS, draw=PAST_DRAW) for name in past]
    cells = [
        Cell(set=name, method=method, labels=n, draw=draw)
        for name in sets
        for n in labels
        if n <= min(len(load(name, job.data)), rows) // 2
        for method in (WITHOUT, WITH)
        for draw in range(draws if n else 1)
    ]

    def needs(cell: Cell) -> list[str]:
        return [_made(name) for name in known_from[cell.set]] if cell.method == WITH else []

    lacking = job.lacks(cells, needs)
    again = [cell for cell in finished if _made(cell.set) in lacking]
    job.measure(finished, partial(finish, rows=rows, trees=others), f"{PAST}-cells", again=again)
    scores = job.measure(cells, partial(measure, rows=rows, trees=others), needs=needs)
    written = "\n".join([means_table(scores, labels), sets_table(scores, labels, family_of)])
    protocol.write(job.out, written, protocol.summary(scores))
    return written


def _siblings(name: str, job: Job, family_of: Mapping[str, str]) -> list[str]:
    llms = set(about(name, job.data).llms)
    return [
        other
        for other in job.sets
        if other != name
        and family_of[other] == family_of[name]
        and len(llms & set(about(other, job.data).llms)) > 1
    ]


def _made(name: str) -> str:
    """Return the priors file of a set as a finished task, under the benchmark's folder."""
    return f"{PAST}/{name}.json"


def finish(cell: Cell, *, data: Path, rows: int, trees: Mapping[str, str]) -> Made:
    """Fuse one set as a finished task, and make the priors file of what it shows of its LLMs."""
    recorded, y = _drawn(cell, data, rows)
    human = np.flatnonzero(y >= 0)
    fuser = Mixture(
        encoder=_vectors(recorded.name, recorded.data, len(recorded)),
        trees=trees.get(cell.set, SHIPPED),
        n_jobs=1,
    )
    posterior = fuse(recorded.answers, y, texts=recorded.texts, method=fuser).posterior
    quick = Mixture(
        encoder=_vectors(recorded.name, recorded.data, len(recorded)), trees=None, calibrate=False, n_jobs=1
    )
    probs = cross_fitted_posterior(quick, recorded.answers, y, recorded.texts)
    judged = Judged(rows=human, y=y[human], probs=probs, weight=np.ones(len(human)), even=True)
    priors = gather(
        [
            Finished(
                classes=recorded.classes,
                answers=recorded.answers,
                posterior=posterior,
                judged=judged,
                human_labels=len(human),
            )
        ]
    )
    scores = score(posterior[y < 0], recorded.gold[y < 0])
    return Made(scores=scores, files={_made(cell.set): text_of(priors).encode()})


def measure(cell: Cell, *past: bytes, data: Path, rows: int, trees: Mapping[str, str]) -> Scores:
    """Fuse one cell, by what `past` priors files say where there are any; score it on the rows that nobody labelled.

    With priors also what they win, and the paired standard error of that over the rows.
    """
    recorded, y = _drawn(cell, data, rows)
    taught = trees.get(cell.set, SHIPPED)
    without = _posterior(recorded, y, None, taught)[y < 0]
    gold = recorded.gold[y < 0]
    if not past:
        return score(without, gold)
    P = _posterior(recorded, y, known_of(recorded, past), taught)[y < 0]
    won, error = lead(P, without, gold)
    return {**score(P, gold), WON: won, WON_ERROR: error}


def known_of(recorded: Recorded, past: Sequence[bytes]) -> KnownLLMs | None:
    """Return what the priors files of other sets say of a set's LLMs."""
    priors = merged([parse_priors(each, PAST) for each in past])
    llms = [Identity(name=llm) for llm in recorded.answers.llms]
    return known_llms(priors, llms, [(name,) for name in recorded.classes])


def _posterior(recorded: Recorded, y: Classes, known: KnownLLMs | None, trees: str) -> Probs:
    fuser = Mixture(
        encoder=_vectors(recorded.name, recorded.data, len(recorded)), trees=trees, known=known, n_jobs=1
    )
    return fuse(recorded.answers, y, texts=recorded.texts, method=fuser).posterior


@cache
def _vectors(name: str, data: Path, rows: int) -> PoolVectors:
    return PoolVectors(load(name, data, most=rows).texts)


def _drawn(cell: Cell, data: Path, rows: int) -> tuple[Recorded, Classes]:
    recorded = load(cell.set, data, most=rows)
    n = min(cell.labels, len(recorded) // 2)
    return recorded, protocol.labels_of(recorded.gold, n, cell.draw)


def gains(scores: Mapping[Cell, Scores], n: int) -> dict[str, Gain]:
    """Return, by set, the accuracy that priors win at n human labels and its standard error over the rows: means over draws."""
    found: dict[str, list[tuple[float, float]]] = {}
    for cell, measured in scores.items():
        if cell.labels == n and cell.method == WITH:
            found.setdefault(cell.set, []).append((measured[WON], measured[WON_ERROR]))
    return {
        name: Gain(
            set=name,
            mean=float(np.mean([won for won, _ in some])),
            error=float(np.mean([error for _, error in some])),
        )
        for name, some in found.items()
    }


def means_table(scores: Mapping[Cell, Scores], labels: Sequence[int]) -> str:
    """Return, for each number of labels, the mean scores without and with priors, and the sets that lose beyond noise.

    Counted where more than half a point is lost beyond the paired standard error over the rows.
    """
    lines = []
    for n in labels:
        gain = gains(scores, n)
        if not gain:
            continue
        cells = []
        for name in SHOWN:
            means = [
                np.mean(
                    [each[name] for cell, each in scores.items() if cell.labels == n and cell.method == m]
                )
                for m in (WITHOUT, WITH)
            ]
            cells.append(" -> ".join(figure(float(mean)) for mean in means))
        by_set = sorted(gain.values(), key=lambda each: each.mean)
        lost = [each.points for each in by_set if each.loses]
        lines.append(
            [
                str(n),
                str(len(gain)),
                *cells,
                over_sets((each.mean for each in by_set), 2),
                ", ".join(lost) or "none",
            ]
        )
    head = ["labels", "sets", "accuracy", "log loss", "ECE", "points won", "sets that lose beyond noise"]
    return table(head, lines)


def sets_table(scores: Mapping[Cell, Scores], labels: Sequence[int], family_of: Mapping[str, str]) -> str:
    """Return the points of accuracy won on each set."""
    by_labels = {n: gains(scores, n) for n in labels}
    sets = dict.fromkeys(name for gain in by_labels.values() for name in gain)
    lines = [
        [name, *(f"{100 * by_labels[n][name].mean:+.1f}" if name in by_labels[n] else "" for n in labels)]
        for some in members(family_of, sets).values()
        for name in some
    ]
    return table(["set", *(f"{n} labels" for n in labels)], lines)
