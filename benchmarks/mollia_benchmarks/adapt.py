"""`mollia bench adapt`: a finished task carried to another set of its kind, against starting afresh, on the same rows.

Each cell is a pair of sets in one draw. The first set is the finished task: 100 human labels of a draw of its own. On the
second, the new one, 20 labels with what was carried are compared with 20 and 50 without. "Where it helps" is chosen by the
log loss of the 20 labels, each held out; the rows that score are those that no draw of 50 and no picking took.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, PanelMass, Probs, Rows
from mollia.data import duplicates
from mollia.errors import DataError
from mollia.fusion import Mixture, fuse
from mollia.fusion.carried import STRENGTH, CarriedRows
from mollia.fusion.panel_trees import SHIPPED
from mollia.fusion.text_view import learn_text_view
from mollia.people.seed_rows import SeedPool, batch_rows
from mollia.records import PanelAnswers
from mollia_benchmarks import protocol
from mollia_benchmarks.datasets import Recorded, load
from mollia_benchmarks.described import about
from mollia_benchmarks.families import members
from mollia_benchmarks.fusion import PoolVectors, trees_of
from mollia_benchmarks.gains import over_sets
from mollia_benchmarks.job import Job
from mollia_benchmarks.protocol import Cell, Scores
from mollia_benchmarks.scores import score
from mollia_benchmarks.tables import figure, table

OLD_LABELS, OLD_DRAW = 100, 900  # of the finished task; no new task draws so
FEW, MANY = 20, 50
BETWEEN, SHIFTED = "--", "shifted"
AFRESH_FEW, AFRESH, CARRIED = "afresh 20", "afresh 50", "carried 20"
CHOSEN, PICKED = "carried 20 where it helps", "carried 10 + 10 picked"
METHODS = (AFRESH_FEW, AFRESH, CARRIED, CHOSEN, PICKED)
SHOWN = ("accuracy", "log_loss", "ece")
COMMON = 0.5  # of a set's classes that the other must have too
KEPT = 0.25  # of the rows of the commoner classes, where the shift of the labels is made
LEAST_ROWS = 200  # of a set that is cut in two for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A finished task and a new one; the finished one's answers are of the new one's LLMs and classes, gold -1 elsewhere."""

    old: Recorded
    old_answers: PanelAnswers
    old_gold: Classes
    new: Recorded


def run(job: Job, *, draws: int, rows: int, trees: Path | None = None) -> str:
    """Measure all cells, write `table.md` and `scores.json` to `job.out`; return the table.

    Raises
    ------
    DataError
        When no two of the sets share LLMs and classes.
    """
    names = [*pairs(job), *(f"{name}{BETWEEN}{SHIFTED}" for name in _cut(job))]
    if not names:
        raise DataError(
            "No two of the sets share their LLMs and classes, so none can be carried to another.",
            hint="Choose sets of one family, such as --sets policy_en,policy_nl.",
        )
    taught = trees_of(job, trees)
    others = {name: taught.get(name.split(BETWEEN)[0], SHIPPED) for name in names}
    cells = [Cell(set=name, method="adapt", labels=FEW, draw=draw) for draw in range(draws) for name in names]
    scores = job.measure(cells, partial(measure, rows=rows, trees=others))
    written = "\n".join([means_table(scores), sets_table(scores)])
    protocol.write(job.out, written, protocol.summary(scores))
    return written


def pairs(job: Job) -> list[str]:
    """Return `old--new` for sets whose names begin alike: the first to the others with its classes; of two, each to the other."""
    found = []
    for some in _alike(job).values():
        for old in some if len(some) == 2 else some[:1]:  # noqa: PLR2004  # each way
            found += [f"{old}{BETWEEN}{new}" for new in some if new != old and _fits(job, old, new)]
    return found


def _alike(job: Job) -> dict[str, list[str]]:
    return members({name: name.partition("_")[0] for name in job.sets}, job.sets)


def _fits(job: Job, old: str, new: str) -> bool:
    one, other = about(old, job.data), about(new, job.data)
    common = {name.casefold() for name in one.labels} & {name.casefold() for name in other.labels}
    return len(set(one.llms) & set(other.llms)) > 1 and len(common) >= COMMON * len(other.labels)


def _cut(job: Job) -> list[str]:
    """Return the first of the sets whose names begin alike, where it is large enough to be cut in two."""
    first = [some[0] for some in _alike(job).values()]
    return [name for name in first if len(load(name, job.data)) >= 2 * LEAST_ROWS]


@cache
def pair_of(name: str, data: Path, rows: int) -> Pair:
    """Return the two tasks of a pair's name."""
    first, second = name.split(BETWEEN)
    if second == SHIFTED:
        return _shifted(load(first, data, most=2 * rows))
    old, new = load(first, data, most=rows), load(second, data, most=rows)
    answers, gold = _as_new(old, new)
    return Pair(old=old, old_answers=answers, old_gold=gold, new=new)


def _shifted(whole: Recorded) -> Pair:
    """Cut a set in two, and take three quarters of the commoner classes' rows out of the second half."""
    order = np.random.default_rng(OLD_DRAW).permutation(len(whole))
    half, rest = np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])
    count = np.bincount(whole.gold, minlength=len(whole.classes))
    common = np.argsort(-count, kind="stable")[: max(1, len(count) // 2)]
    lucky = np.random.default_rng(OLD_DRAW).random(len(rest)) < KEPT
    kept = rest[~np.isin(whole.gold[rest], common) | lucky]
    old, new = _part(whole, half), _part(whole, kept)
    return Pair(old=old, old_answers=old.answers, old_gold=old.gold, new=new)


def _part(whole: Recorded, rows: Rows) -> Recorded:
    texts = tuple(whole.texts[row] for row in rows.tolist())
    return replace(whole, answers=whole.answers[rows], gold=whole.gold[rows], texts=texts)


def _as_new(old: Recorded, new: Recorded) -> tuple[PanelAnswers, Classes]:
    """Return the old rows' answers by the new set's LLMs and classes, and their gold, -1 where the new set lacks the class."""
    names = [name.casefold() for name in old.classes]
    at = [names.index(name.casefold()) if name.casefold() in names else -1 for name in new.classes]
    llms = [old.answers.llms.index(llm) for llm in new.answers.llms if llm in old.answers.llms]

    def moved(mass: PanelMass) -> PanelMass:
        out = np.zeros((len(old), len(llms), len(at)))
        for k, source in enumerate(at):
            if source >= 0:
                out[:, :, k] = mass[:, llms, source]
        return out

    number = {source: k for k, source in enumerate(at) if source >= 0}
    answers = PanelAnswers(
        ids=old.answers.ids,
        llms=tuple(old.answers.llms[i] for i in llms),
        z=moved(old.answers.z),
        c=moved(old.answers.c),
    )
    return answers, np.array([number.get(k, -1) for k in old.gold.tolist()])


def measure(cell: Cell, *, data: Path, rows: int, trees: Mapping[str, str]) -> Scores:
    """Fuse the new task in each way, and score all ways on the same rows."""
    pair = pair_of(cell.set, data, rows)
    new = pair.new
    fuser = partial(Mixture, trees=trees[cell.set], n_jobs=1)
    carried = carried_rows(pair)
    y = {n: protocol.labels_of(new.gold, min(n, len(new) // 4), cell.draw) for n in (FEW // 2, FEW, MANY)}
    with_old = partial(fuser, encoder=_vectors(cell.set, data, rows, both=True), known=carried)
    alone = partial(fuser, encoder=_vectors(cell.set, data, rows, both=False))
    picked = y[FEW // 2].copy()
    more = picked_rows(pair, with_old, y[FEW // 2], cell.draw, int((y[FEW] >= 0).sum() - (picked >= 0).sum()))
    picked[more] = new.gold[more]
    scoring = (y[MANY] < 0) & (picked < 0)
    ways = {
        AFRESH_FEW: (alone, y[FEW]),
        AFRESH: (alone, y[MANY]),
        CARRIED: (with_old, y[FEW]),
        PICKED: (with_old, picked),
    }
    found: dict[str, float] = {}
    losses: dict[str, float] = {}
    for name, (make, labels) in ways.items():
        fitted = make()
        posterior = fuse(new.answers, labels, texts=new.texts, method=fitted).posterior
        losses[name] = _held_out_loss(fitted, labels)
        scores = score(posterior[scoring], new.gold[scoring])
        found |= {f"{name} {which}": scores[which] for which in SHOWN}
    better = CARRIED if losses[CARRIED] < losses[AFRESH_FEW] else AFRESH_FEW
    return found | {f"{CHOSEN} {which}": found[f"{better} {which}"] for which in SHOWN}


def _held_out_loss(fitted: Mixture, y: Classes) -> float:
    """Return the mean log loss of the new labels, each held out of the fit that predicts it."""
    seen = fitted.seed_posterior_
    own = y[y >= 0]
    return (
        -float(np.log(np.maximum(seen[np.arange(len(seen)), own[: len(seen)]], 1e-4)).mean())
        if len(seen)
        else np.inf
    )


def carried_rows(pair: Pair) -> CarriedRows:
    """Return the finished task's human labels with their answers and texts."""
    order = protocol.draw_rows(len(pair.old), len(pair.old), OLD_DRAW)
    rows = order[pair.old_gold[order] >= 0][:OLD_LABELS]
    return CarriedRows(
        answers=pair.old_answers[rows],
        y=pair.old_gold[rows],
        weight=np.full(len(rows), STRENGTH),
        texts=[pair.old.texts[row] for row in rows.tolist()],
        source=pair.old.name,
    )


def picked_rows(pair: Pair, make: partial[Mixture], y: Classes, draw: int, n: int) -> Rows:
    """Return n rows as `mollia adapt` picks them beside the random ones, those with a label in y (m,)."""
    new = pair.new

    def fit(labels: Classes) -> Probs:
        return make(calibrate=False).fit_predict_proba(new.answers, labels, texts=new.texts)

    pool = SeedPool(
        groups=duplicates.group(new.texts),
        n_classes=len(new.classes),
        answers=lambda: new.answers,
        vectors=lambda: learn_text_view(new.texts, encoder=None, random_state=0).e,
        fit=fit,
        random_state=draw,
    )
    return batch_rows(pool, n, y, np.flatnonzero(y >= 0)).rows


@cache
def _vectors(name: str, data: Path, rows: int, *, both: bool) -> PoolVectors:
    pair = pair_of(name, data, rows)
    texts = (*pair.new.texts, *pair.old.texts) if both else pair.new.texts
    return PoolVectors(tuple(dict.fromkeys(texts)))


def gains(scores: Mapping[Cell, Scores], name: str, over: str, which: str) -> dict[str, np.ndarray]:
    """Return, by pair, one way's score less another's in each draw."""
    found: dict[str, list[float]] = {}
    for cell, each in scores.items():
        found.setdefault(cell.set, []).append(each[f"{name} {which}"] - each[f"{over} {which}"])
    return {pair: np.array(values) for pair, values in found.items()}


def means_table(scores: Mapping[Cell, Scores]) -> str:
    """Return each way's mean scores, its lead over 50 labels from scratch, and how many pairs win and lose."""
    lines = []
    for name in METHODS:
        means = [_mean_by_pair(scores, f"{name} {which}") for which in SHOWN]
        by_pair = np.array([each.mean() for each in gains(scores, name, AFRESH, "accuracy").values()])
        lead = "" if name == AFRESH else over_sets(by_pair, 2)
        won, lost = int((by_pair > 0).sum()), int((by_pair < 0).sum())
        lines.append([name, *map(figure, means), lead, "" if name == AFRESH else f"{won} / {lost}"])
    head = ["labels", "accuracy", "log loss", "ECE", f"points over {AFRESH}", "pairs won / lost"]
    return table(head, lines)


def _mean_by_pair(scores: Mapping[Cell, Scores], key: str) -> float:
    by_pair: dict[str, list[float]] = {}
    for cell, each in scores.items():
        by_pair.setdefault(cell.set, []).append(each[key])
    return float(np.mean([np.mean(values) for values in by_pair.values()]))


def sets_table(scores: Mapping[Cell, Scores]) -> str:
    """Return each pair's accuracies, and the leads over 50 labels from scratch with their spread over the draws."""
    lines = []
    for pair in dict.fromkeys(cell.set for cell in scores):
        some = {cell: each for cell, each in scores.items() if cell.set == pair}
        accuracy = [figure(_mean_by_pair(some, f"{name} accuracy")) for name in METHODS]
        leads = [gains(some, name, AFRESH, "accuracy")[pair] for name in (CHOSEN, PICKED)]
        told = [f"{100 * lead.mean():+.1f} ± {100 * lead.std():.1f}" for lead in leads]
        lines.append([pair.replace(BETWEEN, " -> "), *accuracy, *told])
    return table(["pair", *METHODS, f"{CHOSEN} over {AFRESH}", f"{PICKED} over {AFRESH}"], lines)
