"""`mollia bench fusion --negative`: how often Y- is right where no human label checks the posterior.

Two constants of `negative_labels.unchecked_rule` are chosen with families of sets left out (`families`).
What is chosen without a family is scored on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from mollia.fusion import fuse
from mollia.fusion.cross_fit import MIN_LABELS
from mollia.fusion.negative_labels import KNOWS_NOTHING, PLANNED, answers_rule, unchecked_rule
from mollia_benchmarks import protocol
from mollia_benchmarks.datasets import load
from mollia_benchmarks.described import about
from mollia_benchmarks.families import families
from mollia_benchmarks.fusion import fuser
from mollia_benchmarks.job import Job
from mollia_benchmarks.protocol import Cell, Scores
from mollia_benchmarks.scores import score_negative
from mollia_benchmarks.tables import figure, table

FUSERS = ("default", "molam", "dawid_skene", "vote", "mean")
PROMISE = 0.99
Rule = tuple[float, float]  # answers added, expected share
RULES: Sequence[Rule] = [(added, level) for level in (PLANNED, PLANNED / 2) for added in (0.0, 1.0, 2.0)]
CHOSEN: Rule = (KNOWS_NOTHING, PLANNED)
NAMES: Mapping[Rule, str] = MappingProxyType(
    {rule: f"{rule[0]:g} added, share {rule[1]:.5f}".rstrip("0") for rule in RULES}
)
PAPER = "paper"

Group = tuple[str, str, int]
Figures = Mapping[Group, Mapping[str, tuple[float, float]]]


def measure(cell: Cell, *, data: Path) -> Scores:
    """Fuse one cell; score Y- by the paper's rule, and by each pair of constants, where nobody labelled."""
    recorded = load(cell.set, data)
    y = protocol.labels_of(recorded.gold, cell.labels, cell.draw)
    fused = fuse(recorded.answers, y, texts=recorded.texts, method=fuser(cell.method, recorded))
    rows = y < 0
    X, P, gold = recorded.answers[rows], fused.posterior[rows], recorded.gold[rows]
    found = {PAPER: answers_rule(X)} | {
        NAMES[added, level]: unchecked_rule(X, P, level=level, added=added) for added, level in RULES
    }
    return {
        f"{name} {what.removeprefix('negative_')}": value
        for name, negative in found.items()
        for what, value in score_negative(negative, P, gold).items()
    }


def run(job: Job, *, labels: Sequence[int], draws: int) -> str:
    """Measure all cells, write `table.md` and `scores.json` to `job.out`; return the table."""
    few = [n for n in labels if n < MIN_LABELS]
    cells = [
        Cell(set=name, method=method, labels=n, draw=draw)
        for name in job.sets
        for method in FUSERS
        for n in few
        for draw in range(draws if n else 1)
    ]
    figures = protocol.summary(job.measure(cells, measure, "negative"))
    family_of = families({name: about(name, job.data).llms for name in job.sets})
    written = "\n".join(
        [sets_table(figures, job.sets), fusers_table(figures), families_table(figures, family_of)]
    )
    protocol.write(job.out, written, figures)
    return written


def sets_table(figures: Figures, sets: Sequence[str]) -> str:
    """Return each set's precision and coverage over all fusers and numbers of labels, and the worst precision."""
    rows = []
    for name in sets:
        groups = [group for group in figures if group[0] == name]
        rows.append([name, *_both_rules(figures, groups)])
    head = ["set", "paper's rule: precision", "worst", "coverage", "ours: precision", "worst", "coverage"]
    return table(head, rows)


def _both_rules(figures: Figures, groups: Sequence[Group]) -> list[str]:
    """Return mean precision, worst precision and mean coverage over some groups, of the paper's rule and of ours."""
    cells = []
    for rule in (PAPER, NAMES[CHOSEN]):
        precision = [figures[group][f"{rule} precision"][0] for group in groups]
        coverage = [figures[group][f"{rule} coverage"][0] for group in groups]
        cells += [figure(float(np.mean(precision))), figure(min(precision)), figure(float(np.mean(coverage)))]
    return cells


def fusers_table(figures: Figures) -> str:
    """Return the same by fuser and number of labels, over all sets."""
    rows = []
    for method, n in dict.fromkeys((method, n) for _, method, n in figures):
        groups = [group for group in figures if group[1:] == (method, n)]
        rows.append([f"{method}, {n}", *_both_rules(figures, groups)])
    head = [
        "fuser, labels",
        "paper's rule: precision",
        "worst",
        "coverage",
        "ours: precision",
        "worst",
        "coverage",
    ]
    return table(head, rows)


def families_table(figures: Figures, family_of: Mapping[str, str]) -> str:
    """Return what the other families would have chosen for each, and the precision that it has there."""
    names = dict.fromkeys(group[0] for group in figures)
    rows = []
    for family in dict.fromkeys(family_of[name] for name in names):
        there = {group: each for group, each in figures.items() if family_of[group[0]] == family}
        others = {group: each for group, each in figures.items() if family_of[group[0]] != family}
        rule = NAMES[choose(others)] if others else ""
        mean = (
            figure(float(np.mean([each[f"{rule} precision"][0] for each in there.values()]))) if rule else ""
        )
        rows.append([family, rule, mean])
    return table(["family left out", "chosen on the others", "precision there"], rows)


def choose(figures: Figures) -> Rule:
    """Return the constants that deny most among those with a mean precision of .99 for each fuser and number of labels."""

    def mean(rule: Rule, what: str, of: tuple[str, int]) -> float:
        return float(
            np.mean([each[f"{NAMES[rule]} {what}"][0] for group, each in figures.items() if group[1:] == of])
        )

    kinds = list(dict.fromkeys((method, n) for _, method, n in figures))
    holds = [rule for rule in RULES if min(mean(rule, "precision", of) for of in kinds) >= PROMISE]
    return max(
        holds or RULES[-1:], key=lambda rule: float(np.mean([mean(rule, "coverage", of) for of in kinds]))
    )
