"""`mollia bench fusion --calibration`: whether another calibration beats the default's temperature.

Every variant is fitted on the cross-fitted posterior of the human rows and applied to the others. "best" knows
gold: no temperature can be better. "least" is what a perfectly calibrated posterior of that confidence would
show on so many rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from mollia.arrays import Classes, Floats, Probs, Vector, clog, softmax
from mollia.fusion import Mixture
from mollia.fusion.cross_fit import N_FOLDS, folds
from mollia_benchmarks import protocol
from mollia_benchmarks.datasets import load
from mollia_benchmarks.fusion import vectors
from mollia_benchmarks.job import Job
from mollia_benchmarks.protocol import Cell, Scores
from mollia_benchmarks.scores import N_BINS, score
from mollia_benchmarks.tables import figure, table

CLASS_PENALTY = 30.0  # on a class's scale and bias
TOP_PENALTY = 10.0  # on the slope and shift of the confidence
PRIOR_ROWS = 300.0  # isotonic regression counts for m / (m + 300)
GRID = np.exp(np.linspace(-0.8, 0.8, 33))  # temperatures tried with gold in hand
FLOOR = 1e-12

Apply = Callable[[Probs], Probs]
Fit = Callable[[Probs, Classes], Apply]


def as_it_is(_held_out: Probs, _y: Classes) -> Apply:
    """Return the default: temperature and weights of views alone."""
    return lambda P: P


def per_class(held_out: Probs, y: Classes) -> Apply:
    """Fit a scale and a bias a class, held near 1 and 0."""
    m, n_classes = held_out.shape
    L = clog(held_out, FLOOR)

    def calibrated(logs: Floats, theta: Vector) -> Probs:
        out: Probs = softmax(logs * (1 + theta[:n_classes]) + theta[n_classes:])
        return out

    def loss(theta: Vector) -> tuple[float, Vector]:
        P = calibrated(L, theta)
        value = -np.log(np.maximum(P[np.arange(m), y], FLOOR)).sum() + CLASS_PENALTY * (theta**2).sum()
        P[np.arange(m), y] -= 1.0
        return float(value), np.concatenate([(P * L).sum(0), P.sum(0)]) + 2 * CLASS_PENALTY * theta

    theta = minimize(loss, np.zeros(2 * n_classes), jac=True, method="L-BFGS-B").x
    return lambda P: calibrated(clog(P, FLOOR), theta)


def isotonic(held_out: Probs, y: Classes) -> Apply:
    """Fit the confidence by isotonic regression, mixed with itself: m human rows count for m / (m + 300)."""
    from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415  # slow to import

    step = IsotonicRegression(out_of_bounds="clip").fit(held_out.max(1), held_out.argmax(1) == y)
    share = len(y) / (len(y) + PRIOR_ROWS)

    def calibrated(P: Probs) -> Probs:
        return with_confidence(P, (1 - share) * P.max(1) + share * step.predict(P.max(1)))

    return calibrated


def sigmoid(held_out: Probs, y: Classes) -> Apply:
    """Fit the log odds of the confidence by a line, held near itself."""
    right = (held_out.argmax(1) == y).astype(float)

    def line(P: Probs, theta: Vector) -> Vector:
        top = np.clip(P.max(1), 1e-3, 1 - 1e-3)
        out: Vector = 1 / (1 + np.exp(-(1 + theta[0]) * np.log(top / (1 - top)) - theta[1]))
        return out

    def loss(theta: Vector) -> float:
        p = np.clip(line(held_out, theta), FLOOR, 1 - FLOOR)
        misfit = -(right * np.log(p) + (1 - right) * np.log(1 - p)).sum()
        return float(misfit + TOP_PENALTY * (theta**2).sum())

    theta = minimize(loss, np.zeros(2), method="L-BFGS-B").x
    return lambda P: with_confidence(P, line(P, theta))


VARIANTS: Mapping[str, Fit] = {
    "temperature": as_it_is,
    "per class": per_class,
    "isotonic": isotonic,
    "sigmoid": sigmoid,
}


def with_confidence(P: Probs, confidence: Vector) -> Probs:
    """Return P (n, K) with its highest probabilities set to `confidence` (n,), the others in proportion."""
    rows, top = np.arange(len(P)), P.argmax(1)
    new = np.clip(confidence, 1 / P.shape[1], 1 - 1e-3)
    out: Probs = P * ((1 - new) / np.maximum(1 - P.max(1), FLOOR))[:, None]
    out[rows, top] = new
    return out


def chosen_variant(held_out: Probs, y: Classes) -> str:
    """Return the variant with the lowest log loss, cross-fitted on the human rows, if it is sure to beat the first.

    Sure: by more than a standard error of the mean difference.
    """
    fold = folds(len(y))
    losses: dict[str, Vector] = {}
    for name, fit in VARIANTS.items():
        own = np.zeros(len(y))
        for j in range(N_FOLDS):
            test = fold == j
            P = fit(held_out[~test], y[~test])(held_out[test])
            own[test] = -np.log(np.maximum(P[np.arange(len(P)), y[test]], FLOOR))
        losses[name] = own
    first = next(iter(VARIANTS))
    best = min(losses, key=lambda name: float(losses[name].mean()))
    gain = losses[first] - losses[best]
    return best if gain.mean() > gain.std() / np.sqrt(len(y)) else first


def least_error(confidence: Vector) -> float:
    """Return the calibration error (equal mass) that chance gives a perfectly calibrated confidence (n,)."""
    ordered = np.sort(confidence)
    spread = [np.sqrt((p * (1 - p)).sum()) for p in np.array_split(ordered, N_BINS)]
    return float(np.sqrt(2 / np.pi) * sum(spread) / len(ordered))


def measure(cell: Cell, *, data: Path) -> Scores:
    """Fuse one cell by the default and calibrate it in every way; score the rows nobody labelled."""
    recorded = load(cell.set, data)
    y = protocol.labels_of(recorded.gold, cell.labels, cell.draw)
    rest = y < 0
    fuser = Mixture(encoder=vectors(recorded), n_jobs=1)
    P = fuser.fit_predict_proba(recorded.answers, y, texts=recorded.texts)[rest]
    gold, seed, held_out = recorded.gold[rest], y[~rest], fuser.seed_posterior_
    found = {name: fit(held_out, seed)(P) for name, fit in VARIANTS.items()}
    found["chosen"] = found[chosen_variant(held_out, seed)]
    tempered = [softmax(clog(P, FLOOR) / t) for t in GRID]
    found["best"] = min(tempered, key=lambda p: score(p, gold)["ece_mass"])
    scores = {
        f"{name} {key}": value
        for name, p in found.items()
        for key, value in score(p, gold).items()
        if key in {"accuracy", "ece_mass", "log_loss"}
    }
    return {**scores, "least": least_error(P.max(1))}


def run(job: Job, *, labels: Sequence[int], draws: int) -> str:
    """Measure all cells, write `table.md` and `scores.json` to `job.out`; return the table.

    Raises
    ------
    DataError
        When a set is not known, or the recorded panels are not there.
    """
    cells = [
        Cell(set=name, method="calibration", labels=n, draw=draw)
        for name in job.sets
        for n in labels
        if 20 <= n <= len(load(name, job.data)) // 2  # noqa: PLR2004  # nothing is fitted with fewer
        for draw in range(draws)
    ]
    scores = job.measure(cells, measure)
    figures = protocol.summary(scores)
    ways = [*VARIANTS, "chosen", "best"]
    rows = [
        [name, str(n)]
        + [f"{figure(found[f'{w} ece_mass'][0])} ({found[f'{w} log_loss'][0]:.3f})" for w in ways]
        + [figure(found["least"][0])]
        for (name, _, n), found in figures.items()
    ]
    written = table(["set", "labels", *ways, "least"], rows)
    protocol.write(job.out, written, figures)
    return written
