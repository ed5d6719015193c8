"""`mollia bench seed-figure`: whether a seed's own accuracy figure holds, and what its rows teach, by strategy.

Gold plays the person, who may err. What is true is the accuracy of the final labels on the rows nobody labelled;
the figure is the one that a run prints. "gain" is that accuracy above the one after as many random rows of the
same draw; "taught" leaves out that hard rows were answered by a person: there every labelled row counts as right
or wrong by a refit that did not see its label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType

import numpy as np

from mollia.arrays import Probs, one_hot
from mollia.estimate import Estimate
from mollia.fusion import Mixture
from mollia.fusion.panel_trees import SHIPPED
from mollia.honest.accuracy import WORTH
from mollia.honest.cross_fit import cross_fitted
from mollia.honest.per_class import class_shares
from mollia.honest.prediction_powered import weighted_share
from mollia.people.known_rows import known_rows
from mollia.people.seed_rows import SeedRows
from mollia.quality.estimate import figure
from mollia.quality.evidence import Evidence
from mollia.quality.gold_scores import llm_labels
from mollia.quality.judging import Judging, judging_rows
from mollia.records import Fused, HumanLabels, Pool, Use
from mollia_benchmarks import protocol
from mollia_benchmarks.datasets import Recorded, load
from mollia_benchmarks.fusion import PoolVectors, trees_of
from mollia_benchmarks.job import Job
from mollia_benchmarks.protocol import Scores
from mollia_benchmarks.seed_figure_tables import ABLATED, KNOWN, MOST, Repeat, held, tables, write_page
from mollia_benchmarks.seed_replay import NOTHING, Replay, asked_at, pool_of, rows_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A pool, and its strategy's replay."""

    recorded: Recorded
    pool: Pool
    seed: Replay
    text: PoolVectors


@cache
def _vectors(name: str, data: Path, rows: int) -> PoolVectors:
    return PoolVectors(load(name, data, most=rows).texts)


def setting(repeat: Repeat, data: Path) -> Setting:
    """Return what a repeat works on; a person who errs gives another class, any with the same chance."""
    recorded = load(repeat.set, data, most=repeat.rows)
    text = _vectors(repeat.set, data, repeat.rows)
    rng = np.random.default_rng([7, repeat.draw])
    n, n_classes = len(recorded), len(recorded.classes)
    errs = rng.random(n) < repeat.slips / 100
    other = (recorded.gold + rng.integers(1, max(n_classes, 2), n)) % n_classes

    return Setting(
        recorded=recorded,
        pool=Pool(ids=recorded.answers.ids, texts=recorded.texts, gold=recorded.gold),
        seed=Replay(pool=pool_of(recorded, repeat.draw, text), said=np.where(errs, other, recorded.gold)),
        text=text,
    )


def drawn(where: Setting, strategy: str, n: int) -> dict[Use, HumanLabels]:
    """Return the n labels a strategy has asked for, as the seed file would hold them."""
    return _as_labels(where, asked_at(where.seed, strategy, [n])[0])


def _as_labels(where: Setting, found: Sequence[SeedRows]) -> dict[Use, HumanLabels]:
    out: dict[Use, HumanLabels] = {}
    uses: tuple[Use, ...] = ("seed", "review")
    for use in uses:
        mine = [each for each in found if each.use == use]
        rows = rows_of(mine)
        out[use] = HumanLabels(
            ids=where.pool.ids_of(rows),
            y=where.seed.said[rows],
            chance=np.concatenate([np.zeros(0), *(each.chance for each in mine)]),
            use=use,
            batch=np.concatenate([NOTHING, *(np.full(len(each.rows), each.batch) for each in mine)]),
            size=np.concatenate([NOTHING, *(np.full(len(each.rows), len(each.rows)) for each in mine)]),
        )
    return out


def measure(repeat: Repeat, *, data: Path, trees: Mapping[str, str] = MappingProxyType({})) -> Scores:
    """Replay one repeat and judge its labels; `trees` names other trees by set."""
    where = setting(repeat, data)
    taught = trees.get(repeat.set, SHIPPED)
    return judge(where, drawn(where, repeat.strategy, repeat.labels), repeat.draw, taught)


def judge(
    where: Setting, labels: Mapping[Use, HumanLabels], draw: int, trees: str = SHIPPED
) -> dict[str, float]:
    """Fuse, cross-fit, make the figure, and compare it with gold on the rows nobody labelled."""
    recorded, groups = where.recorded, where.seed.pool.groups
    known = known_rows(where.pool, HumanLabels.joined(labels.values()), groups)
    fuser = Mixture(encoder=where.text, trees=trees, n_jobs=1)
    posterior = fuser.fit_predict_proba(recorded.answers, known.y, texts=recorded.texts)
    refitted = cross_fitted(
        fuser,
        recorded.answers,
        np.where(known.labelled, known.y, -1),
        recorded.texts,
        random_state=draw,
        groups=groups,
        open_rows=~known.known,
    )
    whole = np.full(posterior.shape, np.nan)
    whole[known.labelled] = refitted.posterior
    evidence = Evidence(
        pool=where.pool,
        groups=groups,
        answers=recorded.answers,
        has_texts=True,
        classes=recorded.classes,
        labels=labels,
        known=known,
    )
    fused = Fused(
        posterior=posterior,
        negative=np.zeros(posterior.shape, bool),
        human=known.known,
        method="default",
        calibrated=True,
    )
    found = judging_rows(evidence, posterior, replace(refitted, posterior=whole))
    open_rows = ~known.known
    right = posterior.argmax(1) == recorded.gold
    truth, by_people = (
        float(right[open_rows].mean()),
        float((posterior.argmax(1) == where.seed.said)[open_rows].mean()),
    )
    taught = np.where(known.labelled, whole.argmax(1) == recorded.gold, right)
    out = {"open": truth, "all": float((right | known.known).mean()), "taught": float(taught.mean())}
    for name, (low, value, high) in figures(found, fused, evidence).items():
        out[f"{name}: covers"] = float(low - 1e-12 <= truth <= high + 1e-12)
        out[f"{name}: covers the people"] = float(low - 1e-12 <= by_people <= high + 1e-12)
        out[f"{name}: off"] = value - truth
        out[f"{name}: width"] = high - low
    if found is not None:
        out |= _others(found.speaking, fused, recorded)
    return out


def _others(judging: Judging, fused: Fused, recorded: Recorded) -> dict[str, float]:
    """Return how often the report's other intervals hold: each LLM's share right, each class's share of the pool."""
    own = llm_labels(recorded.answers)
    llms = []
    for i in range(own.shape[1]):
        answered = own[judging.rows, i] >= 0
        if answered.any():
            weight = None if judging.share is None else judging.share[answered]
            right = own[judging.rows[answered], i] == judging.y[answered]
            truth = float((own[:, i] == recorded.gold)[own[:, i] >= 0].mean())
            llms.append(_holds(weighted_share(right, weight), truth))
    posterior = np.array(fused.posterior)
    posterior[judging.rows] = judging.probs
    shares = class_shares(judging.y, judging.probs, posterior, weight=judging.share, worth=WORTH)
    classes = [_holds(share, float((recorded.gold == k).mean())) for k, share in enumerate(shares)]
    return {"LLMs: covers": float(np.mean(llms)), "classes: covers": float(np.mean(classes))}


def _holds(found: Estimate, truth: float) -> float:
    return float(found.low - 1e-12 <= truth <= found.high + 1e-12)


def figures(
    judging: Judging | None, fused: Fused, evidence: Evidence
) -> dict[str, tuple[float, float, float]]:
    """Return low, value, high of the printed figure, and of what it would be without one of its parts."""
    found = figure(judging, fused, evidence.known)
    out = {"printed": (0.0, 0.5, 1.0) if found is None else (found.low, found.value, found.high)}
    if judging is None or judging.even:
        return out
    ablated = (
        replace(judging, probs=_flat(judging), open_confidence=1.0),
        replace(judging, weight=np.ones(len(judging)), chance=np.full(len(judging), np.nan)),
    )
    for name, each in zip(ABLATED, ablated, strict=True):
        again = figure(each, fused, evidence.known)
        if again is not None:
            out[name] = (again.low, again.value, again.high)
    return out


def _flat(judging: Judging) -> Probs:
    """The same labels, each with confidence 1: nothing then helps the weighted share."""
    return one_hot(judging.label, judging.probs.shape[1])


def run(
    job: Job,
    *,
    strategies: Sequence[str],
    labels: Sequence[int],
    rows: int,
    slips: int,
    draws: int,
    trees: Path | None = None,
    docs: Path | None = None,
) -> str:
    """Measure the repeats, write `table.md` to `job.out`, and return tables of all that it holds.

    With `docs`, the repository's folder, the tables go into its page too, and the repeats beside it. `trees` is a
    folder of `mollia bench fusion --learn`: each set is fused by the trees that its family did not teach.

    Raises
    ------
    DataError
        When a set or strategy is not known, the recorded panels are not there, or the page has no place for them.
    """
    protocol.require_known(strategies, KNOWN, "strategy")
    job.measure(
        [
            Repeat(set=name, strategy=strategy, labels=n, rows=rows, slips=slips, draw=draw)
            for draw in range(draws)
            for n in labels
            for name in job.sets
            for strategy in strategies
            if n * MOST <= len(load(name, job.data, most=rows))
        ],
        partial(measure, trees=trees_of(job, trees)),
    )
    found = held(job.out / "cells")
    text = tables(found)
    (job.out / "table.md").write_text(text, "utf-8")
    if docs is not None:
        write_page(docs, found)
    return text
