"""`mollia bench coverage`: whether the accuracy figures hold what their intervals say.

Gold plays the person. A seed of labels is drawn and fused; what is true is the accuracy of the fused labels
on all rows nobody labelled. "audit": further rows drawn at random only score. "seed": the seed scores
itself, by cross-fitting, and wrongly, by reuse.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, Floats, Mask, Probs, Rows, Vector
from mollia.estimate import Estimate
from mollia.fusion import Mixture
from mollia.honest.accuracy import cross_fitted_accuracy
from mollia.honest.auto_accept import Accepted, auto_accept, on_scale_of
from mollia.honest.cross_fit import cross_fitted_posterior
from mollia.honest.error_curve import learn_error_curve, reviews_needed
from mollia.honest.intervals import wilson
from mollia.honest.per_class import class_shares
from mollia.honest.prediction_powered import prediction_powered
from mollia_benchmarks import protocol
from mollia_benchmarks.datasets import Recorded, load
from mollia_benchmarks.fusion import vectors
from mollia_benchmarks.job import Job
from mollia_benchmarks.protocol import Cell, Scores
from mollia_benchmarks.tables import figure, table

SEED = 50  # human labels that train, where an audit sample scores
PER_AUDIT = 50  # audit samples for one fitted seed: they cost nothing
PER_SEED = 10  # seeds for one cell of the cross-fitted figures
ROWS = 1500  # of a larger pool, so that a thousand refits take hours, not days
FLOOR = 0.15  # of the chance with which doubtful rows are drawn
TARGETS = (0.9, 0.95)  # of auto-accept


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """One seed's labels on the rows nobody labelled: `posterior` (n, K) and `gold` (n,) of these."""

    posterior: Probs
    gold: Classes

    @property
    def right(self) -> Mask:
        """Whether the label is right, (n,)."""
        right: Mask = self.posterior.argmax(1) == self.gold
        return right

    @property
    def confidence(self) -> Vector:
        """The posterior's maximum, (n,)."""
        confidence: Vector = self.posterior.max(1)
        return confidence


def fuser(recorded: Recorded) -> Mixture:
    """Return the default fuser on vectors learned once."""
    return Mixture(encoder=vectors(recorded), n_jobs=1)


def measure(cell: Cell, *, data: Path) -> Scores:
    """Measure one cell: means over its samples."""
    recorded = load(cell.set, data, most=ROWS)
    if cell.method == "audit":
        return _mean(_audits(recorded, cell))
    return _mean([_seed(recorded, cell.labels, cell.draw * PER_SEED + k) for k in range(PER_SEED)])


def _mean(several: Sequence[Scores]) -> Scores:
    return {name: float(np.mean([scores[name] for scores in several])) for name in several[0]}


def _judged(estimate: Estimate, truth: float, name: str) -> dict[str, float]:
    holds = estimate.low - 1e-12 <= truth <= estimate.high + 1e-12
    return {f"{name} covers": float(holds), f"{name} width": estimate.high - estimate.low}


def _accepted(found: Accepted, right: Mask, name: str) -> dict[str, float]:
    broken = found.rows.any() and right[found.rows].mean() < found.target
    return {f"{name} broken": float(broken), f"{name} rows": float(found.rows.mean())}


def _audits(recorded: Recorded, cell: Cell) -> list[Scores]:
    fitted = _fitted(recorded.name, recorded.data, cell.draw, ROWS)
    rng = np.random.default_rng([cell.draw, cell.labels])
    return [_audit(fitted, cell.labels, rng) for _ in range(PER_AUDIT)]


@lru_cache(maxsize=100)  # audit samples of every size judge the same labels
def _fitted(name: str, data: Path, draw: int, rows: int) -> Fitted:
    recorded = load(name, data, most=rows)
    y = protocol.labels_of(recorded.gold, SEED, draw)
    posterior = fuser(recorded).fit_predict_proba(recorded.answers, y, texts=recorded.texts)
    return Fitted(posterior=posterior[y < 0], gold=recorded.gold[y < 0])


def _audit(fitted: Fitted, n: int, rng: np.random.Generator) -> Scores:
    right, confidence = fitted.right, fitted.confidence
    truth, n_pool = float(right.mean()), len(right)
    rows = rng.permutation(n_pool)[:n]
    out = _judged(wilson(int(right[rows].sum()), n, population=n_pool), truth, "wilson")
    out |= _judged(prediction_powered(right[rows], confidence[rows], confidence), truth, "powered")
    doubtful, chance = draw_doubtful(confidence, n, rng)
    powered = prediction_powered(right[doubtful], confidence[doubtful], confidence, chance=chance)
    out |= _judged(powered, truth, "doubtful first")
    out |= _shares(fitted, rows)
    for target in TARGETS:
        found = auto_accept(confidence, confidence[rows], right[rows], target=target)
        out |= _accepted(found, right, f"accept {target}")
    forecast = reviews_needed(learn_error_curve(confidence[rows], right[rows]), confidence, target=TARGETS[0])
    real = really_needed(confidence, right, TARGETS[0])
    out["forecast holds"] = float(forecast.few <= real <= forecast.many)
    out["forecast error"] = abs(forecast.likely - real) / n_pool
    return out


def _shares(fitted: Fitted, rows: Rows) -> dict[str, float]:
    """Coverage and width over the classes, beside Wilson's on counted human labels."""
    y = fitted.gold[rows]
    judged = []
    for k, share in enumerate(class_shares(y, fitted.posterior[rows], fitted.posterior)):
        truth = float((fitted.gold == k).mean())
        plain = wilson(int((y == k).sum()), len(y), population=len(fitted.gold))
        judged.append(_judged(share, truth, "share") | _judged(plain, truth, "share wilson"))
    return dict(_mean(judged))


def draw_doubtful(confidence: Vector, n: int, rng: np.random.Generator) -> tuple[Rows, Vector]:
    """Draw about n rows, doubtful ones more often (systematic sampling); return rows and chances."""
    size = 1 - confidence + FLOOR
    chance = np.minimum(1.0, size / size.sum() * n)
    order = rng.permutation(len(chance))
    ends: Floats = np.cumsum(chance[order])
    points = np.arange(int(ends[-1])) + rng.random()
    rows = np.unique(order[np.searchsorted(ends, points[points < ends[-1]])])
    return rows, chance[rows]


def really_needed(confidence: Vector, right: Mask, target: float) -> int:
    """Return after how many reviews, least confident first, the target is really met."""
    wrong = np.cumsum(~right[np.argsort(-confidence, kind="stable")])  # kept: the most confident
    return len(right) - int(np.searchsorted(wrong, (1 - target) * len(right) + 1e-9, side="right"))


def _seed(recorded: Recorded, n: int, draw: int) -> Scores:
    y = protocol.labels_of(recorded.gold, n, draw)
    rows = np.flatnonzero(y >= 0)
    model = fuser(recorded)
    posterior = model.fit_predict_proba(recorded.answers, y, texts=recorded.texts)
    texts = [recorded.texts[row] for row in rows]
    reused = model.predict_proba(recorded.answers[rows], texts=texts)
    fitted = Fitted(posterior=posterior[y < 0], gold=recorded.gold[y < 0])
    crossed = cross_fitted_posterior(model, recorded.answers, y, recorded.texts, random_state=draw)
    truth = float(fitted.right.mean())
    estimate = cross_fitted_accuracy(crossed, y[rows], n_rows=len(fitted.gold))
    if estimate is None:
        raise AssertionError("a seed without labels was drawn")
    right = crossed.argmax(1) == y[rows]
    out = _judged(estimate, truth, "cross-fitted")
    out |= _judged(wilson(int(right.sum()), n), truth, "plain wilson")
    out |= _judged(wilson(int((reused.argmax(1) == y[rows]).sum()), n), truth, "reused")
    out["bias"] = estimate.value - truth
    for target in TARGETS:
        sure = on_scale_of(crossed.max(1), fitted.confidence)
        found = auto_accept(fitted.confidence, sure, right, target=target)
        out |= _accepted(found, fitted.right, f"accept {target}")
    return out


def run(job: Job, *, labels: Sequence[int], resamples: int, seed_resamples: int) -> str:
    """Measure, write cells and coverage.md to `job.out`, and return the tables; goes on where it was stopped.

    `resamples` are audit samples a line, `seed_resamples` cross-fitted seeds: each of these is six fits.
    """
    cells = [
        Cell(set=name, method=method, labels=n, draw=draw)
        for method, number in (
            ("audit", -(-resamples // PER_AUDIT)),
            ("seed", -(-seed_resamples // PER_SEED)),
        )
        for draw in range(number)
        for name in job.sets
        for n in labels
    ]
    found = job.measure(cells, measure)
    text = tables(found)
    (job.out / "coverage.md").write_text(text, "utf-8")
    (job.out / "settings.json").write_text(
        json.dumps(
            {
                "sets": list(job.sets),
                "labels": list(labels),
                "resamples": resamples,
                "seed_resamples": seed_resamples,
                "rows": ROWS,
            }
        )
        + "\n",
        "utf-8",
    )
    return text


AUDIT_COLUMNS = ("wilson", "powered", "doubtful first", "share wilson", "share")
SEED_COLUMNS = ("cross-fitted", "plain wilson", "reused")


def tables(found: Mapping[Cell, Scores]) -> str:
    """Return the tables as markdown: coverage / mean width of nominal 95 % intervals, and the promises."""
    mean = {
        group: {name: value for name, (value, _) in scores.items()}
        for group, scores in protocol.summary(found).items()
    }
    return "\n".join(
        [
            _table(mean, "audit", AUDIT_COLUMNS),
            _table(mean, "seed", SEED_COLUMNS),
            _promises(mean),
        ]
    )


def _table(
    mean: Mapping[tuple[str, str, int], Mapping[str, float]], method: str, columns: Sequence[str]
) -> str:
    rows = [
        [
            f"{name}, {n}",
            *(f"{figure(scores[f'{c} covers'])} / {figure(scores[f'{c} width'])}" for c in columns),
        ]
        for (name, which, n), scores in mean.items()
        if which == method
    ]
    return table([f"{method}: set, human rows", *columns], rows)


def _promises(mean: Mapping[tuple[str, str, int], Mapping[str, float]]) -> str:
    names = [f"accept {target} {what}" for target in TARGETS for what in ("broken", "rows")]
    rows = [
        [
            f"{which}: {name}, {n}",
            *(figure(scores[column]) for column in names),
            figure(scores["forecast holds"]) if "forecast holds" in scores else "",
            figure(scores["forecast error"]) if "forecast error" in scores else "",
        ]
        for (name, which, n), scores in mean.items()
    ]
    return table(["promise", *names, "forecast range holds", "forecast error"], rows)
