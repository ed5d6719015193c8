"""The dashboard: what a run has asked, cost and learned so far, read again from the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from markupsafe import Markup

from mollia.arrays import Classes
from mollia.estimate import Estimate
from mollia.honest.prediction_powered import uneven, weighted_share
from mollia.ledger.human_table import UNSURE, Said
from mollia.ledger.spent import Spent
from mollia.people.changed_audit import changed_note
from mollia.people.known_rows import known_rows
from mollia.people.settled import PREFIX
from mollia.progress import LlmProgress
from mollia.quality.drawn_rows import drawn_rows
from mollia.quality.gold_scores import llm_labels
from mollia.records import HumanLabels, Use
from mollia.report.charts import interval_scale, interval_strip, learning_curve
from mollia.report.numbers import count, duration, percent
from mollia.session.questions import prices
from mollia.session.recorded_columns import answers_by_llm
from mollia.session.run_state import read_state
from mollia.session.spending import spent_on
from mollia.standing import Standing as Now
from mollia.usecases.plain_progress import line, pace
from mollia.web.agreement import agreement
from mollia.web.desk import USES, Desk
from mollia.web.evidence import HEATS
from mollia.web.fit import Fitter, Standing

RECORDED = "recorded"  # the kind of panel member that asks nobody
PAUSE = 300.0  # seconds after which a person is thought to have left
NAMES = {"accuracy": "accuracy against gold"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number with its name, and a remark below it."""

    name: str
    value: str
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmLine:
    """One LLM: what it was asked and cost, and how often it agrees with people, with a picture."""

    name: str
    done: int
    answers: str
    failures: str
    calls: str
    tokens: str
    money: str
    waited: str
    pace: str  # while a run goes on
    right: str
    interval: str
    strip: Markup | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusionCell:
    """How many rows, its shade from 0 to 10, and whether people and panel agree there."""

    number: int
    heat: int
    diagonal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardView:
    """What the template shows."""

    figures: Sequence[Figure]
    now: str  # what a run that goes on is doing
    priced: bool  # whether an LLM has a price
    share: int  # percent of the panel's answers that are there
    lacking: Sequence[str]  # what keeps the labels from being complete, as of the last fit
    estimate: Estimate | None
    scale: Markup | None
    curve: Markup | None
    legend: Sequence[str]
    llms: Sequence[LlmLine]
    n_judged: int
    confusion: Sequence[Sequence[ConfusionCell]]
    people: Sequence[str]
    agreement: Sequence[str]


def show(desk: Desk, fitter: Fitter) -> DashboardView:
    """Return the state of everything."""
    spent = {each.llm: each for each in answers_by_llm(desk.store)}
    words = {use: desk.store.said(use) for use in USES}
    standing = fitter.standing
    estimate = None if standing is None else standing.estimate
    series = _curves(desk)
    quality = _quality(desk, fitter)
    total = len(desk.pool) * len(desk.task.panel)
    answered = sum(each.answers for each in spent.values())
    drawn = [each for each in words["seed"] if each.annotator]
    now = read_state(desk.task.run.out)
    return DashboardView(
        now="" if now is None else line(replace(now, llms=())),
        priced=any(price.prompt or price.reply for price in prices(desk.task).values()),
        figures=_figures(desk, spent, words),
        lacking=(*(() if standing is None else standing.completeness.lacking), *changed_note(desk.store)),
        share=min(100, round(100 * answered / max(total, 1))),
        estimate=estimate,
        scale=None if estimate is None else interval_scale("estimate", estimate),
        curve=learning_curve(series) if series else None,
        legend=list(series),
        llms=_llms(desk, spent, quality, now),
        n_judged=max((each.n_human for each in quality.values()), default=0),
        confusion=[] if standing is None else _confusion(standing, len(desk.task.classes)),
        people=_people(words),
        agreement=agreement(drawn),
    )


def _figures(desk: Desk, spent: Mapping[str, Spent], words: Mapping[Use, Sequence[Said]]) -> list[Figure]:
    task = desk.task
    answers = sum(each.answers for each in spent.values())
    cost = spent_on(task, desk.store)
    live = any(member.kind != RECORDED for member in task.panel)
    labels = {use: len({each.text_id for each in said if each.y >= 0}) for use, said in words.items()}
    labels["seed"] = len(desk.store.human("seed"))  # labels of the seed file among them
    rounds = desk.store.rounds()
    return [
        Figure(
            name="Panel answers",
            value=count(answers),
            remark=f"of {count(len(desk.pool) * len(task.panel))}: {count(len(desk.pool), 'row')}, "
            f"{count(len(task.panel), 'LLM')}",
        ),
        Figure(
            name="Human labels",
            value=count(sum(labels.values())),
            remark=f"{labels['seed']} seed, {labels['review']} reviewed, {labels['audit']} audit",
        ),
        Figure(name="Rounds", value=str(len(rounds)), remark=f"of {task.query.rounds}"),
        Figure(
            name="Cost",
            value=f"{cost.money:.2f}" if cost.money else count(cost.calls, "call"),
            remark=f"{count(cost.calls, 'call')}, {count(cost.tokens, 'token')}"
            if cost.calls or live
            else "recorded answers cost nothing",
        ),
    ]


def _curves(desk: Desk) -> dict[str, list[tuple[float, float]]]:
    """Return the rounds' scores against how many rows the student had been given."""
    given = len(desk.store.human("seed")) + len(desk.store.human("review"))
    series: dict[str, list[tuple[float, float]]] = {}
    for each in desk.store.rounds():
        given += len(each.asked)
        for score, value in each.scores.items():
            series.setdefault(NAMES.get(score, score), []).append((float(given), value))
    return {name: points for name, points in series.items() if len(points) > 1}


def _quality(desk: Desk, fitter: Fitter) -> dict[str, Estimate]:
    """Return each LLM's agreement with the labels of drawn rows, weighted by their chance, as the ledger stands now."""
    given = {use: desk.store.human(use) for use in USES}
    parts = fitter.made_parts
    if parts is None or not len(given["seed"]):
        return {}
    known = known_rows(desk.pool, HumanLabels.joined([given["seed"], given["review"]]), desk.groups)
    drawn = drawn_rows(desk.pool, desk.groups, known, given)
    rows = drawn.rows[drawn.pool_weight > 0]
    weight = drawn.pool_weight[drawn.pool_weight > 0]
    even = uneven(weight) is None
    read = parts.answers_to(rows).answers
    own = llm_labels(read)  # (m, N)
    out = {}
    for i, llm in enumerate(read.llms):
        usable = own[:, i] >= 0
        if usable.any():
            agrees = own[usable, i] == known.y[rows[usable]]
            counts = None if even else weight[usable]
            out[llm] = weighted_share(agrees, counts, what="agreement with people")
    return out


def _llms(
    desk: Desk, spent: Mapping[str, Spent], quality: Mapping[str, Estimate], now: Now | None
) -> list[LlmLine]:
    low = min((each.low for each in quality.values()), default=0.0)
    axis = (max(0.0, np.floor(low * 10) / 10), 1.0)
    price, lines = prices(desk.task), []
    going = {} if now is None else {far.llm: far for far in now.llms}
    for i, member in enumerate(desk.task.panel):
        cost, found = spent.get(member.name), quality.get(member.name)
        answers = 0 if cost is None else cost.answers
        paid = 0.0 if cost is None else price[member.name].of(cost.prompt_tokens, cost.reply_tokens)
        lines.append(
            LlmLine(
                name=member.name,
                done=min(100, round(100 * answers / max(1, len(desk.pool)))),
                answers=count(answers),
                failures="0" if cost is None else count(cost.failures),
                calls="0" if cost is None else count(cost.calls),
                tokens="0" if cost is None else count(cost.prompt_tokens + cost.reply_tokens),
                money=f"{paid:.2f}",
                pace=_pace(going.get(member.name)),
                waited="–" if cost is None or not cost.seconds else duration(cost.seconds),
                right="–" if found is None else percent(found.value, 0),
                interval="" if found is None else f"{percent(found.low, 0)} to {percent(found.high, 0)}",
                strip=None if found is None else interval_strip(f"llm-{i}", member.name, found, axis),
            )
        )
    return lines


def _pace(far: LlmProgress | None) -> str:
    """Say how fast an LLM answers, and how long it has left."""
    if far is None or not far.per_second:
        return ""
    left = far.seconds_left
    return pace(far.per_second) + (f", {duration(left)} left" if left else "")


def _confusion(standing: Standing, n_classes: int) -> list[list[ConfusionCell]]:
    """Count human label (rows) against fused label (columns), each row judged without its own label."""
    if standing.checked is None:
        return []
    rows = np.flatnonzero(standing.known.labelled & np.isfinite(standing.checked[:, 0]))
    table = np.zeros((n_classes, n_classes), np.int64)
    fused: Classes = standing.checked[rows].argmax(1)
    np.add.at(table, (standing.known.y[rows], fused), 1)
    top = max(1, int(table.max()))
    return [
        [
            ConfusionCell(number=int(number), heat=round(HEATS * number / top), diagonal=i == j)
            for j, number in enumerate(line)
        ]
        for i, line in enumerate(table)
    ]


def _people(words: Mapping[Use, Sequence[Said]]) -> list[str]:
    """Say for each person how much they did, and how long a label took them."""
    everyone = sorted({_person(each) for said in words.values() for each in said if each.annotator})
    out = []
    for who in everyone:
        mine = sorted(
            (each for said in words.values() for each in said if _person(each) == who),
            key=lambda each: each.at,
        )
        unsure = sum(each.y == UNSURE for each in mine)
        gaps = np.diff([each.at for each in mine])
        working = gaps[gaps < PAUSE]
        pace = f", {np.median(working):.0f} s per label" if len(working) else ""
        doubts = f", {unsure} unsure" if unsure else ""
        out.append(f"{who}: {count(len(mine) - unsure, 'label')}{doubts}{pace}.")
    return out


def _person(each: Said) -> str:
    return each.annotator.removeprefix(PREFIX)
