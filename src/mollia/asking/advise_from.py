"""Where the advice on a panel gets its answers and costs: a task's ledger, or a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mollia.asking.advise import (
    GOAL,
    LEAST_ROWS,
    Advice,
    Asked,
    Glance,
    Goal,
    Human,
    advise,
    look_ahead,
    quick_look,
)
from mollia.asking.costs import asking_of, readings
from mollia.asking.outlook import LEAST_LABELS, Cost, sentences
from mollia.data import duplicates
from mollia.data.human_labels import read_labels
from mollia.data.table import Say, quiet
from mollia.errors import DataError, did_you_mean
from mollia.invocation import command
from mollia.panel import Asking
from mollia.panel.parts import samples_of
from mollia.people.known_rows import known_rows
from mollia.progress import Progress, doing
from mollia.progress import quiet as no_progress
from mollia.quality.drawn_rows import drawn_rows
from mollia.quality.evidence import FuserChoice
from mollia.records import HumanLabels, PanelAnswers
from mollia.session.panel_file import PanelFile
from mollia.session.parts import Parts, open_answered
from mollia.session.people_left_out import without_people
from mollia.task.config import Task


def advise_task(task: Task, *, goal: Goal = GOAL, progress: Progress = no_progress) -> Advice:
    """Advise on a task's panel from the answers its ledger holds; no LLM is asked.

    Costs are those of the stored answers, money by the task's prices.

    Raises
    ------
    MolliaError
        When data, seed or ledger are wrong, or no row has every LLM's answer.
    """
    with open_answered(task, progress=progress) as parts:
        X = parts.panel()
        return advise(
            X,
            Human(
                y=parts.known.y,
                weight=drawn_rows(parts.pool, parts.groups, parts.known, parts.people.by_use).over(
                    len(parts.pool)
                ),
            ),
            parts.pool.texts,
            classes=parts.classes,
            asked=Asked(each=asking_of(parts, X), samples=_samples(parts, X)),
            goal=goal,
            fuser=parts.fuser,
            progress=progress,
        )


def advise_file(
    panel: PanelFile,
    *,
    seed_labels: Path | None,
    costs: Mapping[str, float] | None = None,
    goal: Goal = GOAL,
    random_state: int | None = 0,
    say: Say = quiet,
    progress: Progress = no_progress,
) -> Advice:
    """Advise on the panel in a file of answers.

    `costs` gives what one text costs with each LLM, in any unit; without it a reading of the text counts 1.

    Raises
    ------
    DataError
        When a file is wrong, or a cost is missing or names no LLM of the panel.
    """
    read = panel.read(say=say)
    seed = HumanLabels.none()
    if seed_labels is not None:
        seed = read_labels(
            seed_labels, classes=panel.classes, ids=read.pool.ids, text_format=panel.text_format, say=say
        )
    groups = duplicates.group(read.texts) if read.texts is not None else np.arange(len(read.pool))
    known = known_rows(read.pool, seed, groups)
    read, left_out = without_people(read, known.y)
    for sentence in left_out:
        say(sentence)
    asking = readings(read.answers)
    if costs:
        _check_costs(costs, read.answers.llms)
        asking = {llm: Asking(calls=asking[llm].calls, money=costs[llm]) for llm in asking}
    return advise(
        read.answers,
        Human(y=known.y, weight=drawn_rows(read.pool, groups, known, {"seed": seed}).over(len(known.y))),
        read.texts,
        classes=read.classes,
        asked=Asked(each=asking),
        goal=goal,
        fuser=FuserChoice(random_state=random_state),
        progress=progress,
    )


def _samples(parts: Parts, X: PanelAnswers) -> dict[str, int]:
    return {
        member.name: member.samples if annotator.live else samples_of(X, member.name)
        for member, annotator in zip(parts.task.panel, parts.annotators, strict=True)
    }


def _check_costs(costs: Mapping[str, float], llms: Sequence[str]) -> None:
    for name in costs:
        if name not in llms:
            raise DataError(
                f"The panel has no LLM {name!r} to give a cost.{did_you_mean(name, llms)}",
                hint=f"Its LLMs are: {', '.join(llms)}.",
            )
    lacking = [llm for llm in llms if not costs.get(llm, 0.0) > 0]
    if lacking:
        raise DataError(
            f"There is no cost above 0 for: {', '.join(lacking)}.", hint="Give every LLM of the panel one."
        )


def panel_glance(parts: Parts, *, ahead: bool = False) -> tuple[Glance, tuple[str, ...]]:
    """Return what a finished run can tell of its panel in passing, and with `ahead` what would help most, in sentences."""
    X, fuser = parts.panel(), parts.fuser
    found = quick_look(
        X, parts.known.y, parts.pool.texts, classes=parts.classes, asking=asking_of(parts, X), fuser=fuser
    )
    if not ahead:
        return found, ()
    return found, would_help(found, parts.classes, len(X), random_state=fuser.random_state)


def would_help(
    glance: Glance, classes: Sequence[str], n_rows: int, *, random_state: int | None = 0
) -> tuple[str, ...]:
    """Return what would help most, in sentences; () where nothing can be told."""
    found = look_ahead(glance, random_state=random_state)
    return () if found is None else tuple(sentences(found, classes, in_words(glance.asking, n_rows)))


def outlook_of(task: Task, *, progress: Progress = no_progress) -> tuple[str, ...]:
    """Return what would help a task's labels most, in sentences; no LLM is asked.

    Raises
    ------
    DataError
        When too little is known yet to forecast anything.
    MolliaError
        When data, seed or ledger are wrong.
    """
    with open_answered(task, progress=progress) as parts:
        with doing(progress, "looking ahead"):
            said = panel_glance(parts, ahead=True)[1]
        if not said:
            raise _too_early(parts)
    return said


def _too_early(parts: Parts) -> DataError:
    n, asked = int(parts.known.labelled.sum()), int(parts.panel().asked.all(1).sum())
    label = f"Label about 50 rows first: {command('serve', parts.task.file)}"
    ask = f"Ask the panel first: {command('annotate', parts.task.file)}"
    return DataError(
        f"Nothing can be forecast from {n} human labels and {asked} rows that every LLM was asked about.",
        hint=f"At least {LEAST_LABELS} labels, {LEAST_ROWS} rows and two LLMs are needed. "
        + (ask if asked < LEAST_ROWS else label),
    )


def in_words(asking: Mapping[str, Asking], rows: int) -> Cost:
    """Return what asking about every row costs: by one LLM of the panel's mean cost, and by all of them."""
    each = list(asking.values())
    return Cost(llm=_asked(each, rows, share=1 / len(each)), panel=_asked(each, rows, share=1.0))


def _asked(each: Sequence[Asking], rows: int, *, share: float) -> str:
    def total(unit: str) -> float:
        return rows * share * sum(float(getattr(asking, unit)) for asking in each)

    said = f"about {total('calls'):,.0f} calls for {rows:,} texts"
    if total("money") > 0:
        said += f", {total('money'):,.2f} money"
    elif total("tokens") > 0:
        said += f", {total('tokens'):,.0f} tokens"
    return said
