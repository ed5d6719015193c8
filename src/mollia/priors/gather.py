"""What a finished task showed of its LLMs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import PurePath

import numpy as np

from mollia.arrays import Classes, Floats, Probs, Rows, Vector
from mollia.errors import DataError
from mollia.fusion.observation import has_answer, observe
from mollia.honest.prediction_powered import prediction_powered
from mollia.priors.file import LLM, Accuracy, PastTask, Priors, Shown
from mollia.records import PanelAnswers
from mollia.settings import PanelMember

SMALL = 0.05  # rows: a count below is left out of a confusion


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """How an LLM is known: its name on the panel, what a server or file calls it, the prompt's form and variant."""

    name: str
    model: str = ""
    prompt: str = ""
    variant: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """m human-labelled rows that may judge: positions, classes, posterior (m, K) without their label, weights (m,)."""

    rows: Rows
    y: Classes
    probs: Probs
    weight: Vector
    even: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A finished task: classes, answers, posterior (n, K), who judges, LLMs' identities, cost per text by LLM."""

    classes: tuple[str, ...]
    answers: PanelAnswers
    posterior: Probs
    judged: Judged
    human_labels: int
    identities: Mapping[str, Identity] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    tokens: Mapping[str, float] = field(default_factory=dict)


def identity(member: PanelMember) -> Identity:
    """Return how a panel member is known; of a path only its last part is kept."""
    model = getattr(member, "model", None) or getattr(member, "path", None) or ""
    if member.kind == "recorded":
        model = ""
    said = str(model)
    if said.startswith(("/", ".", "~")) or "\\" in said or not isinstance(model, str):
        said = PurePath(said.replace("\\", "/")).name
    return Identity(
        name=member.name, model=said, prompt=str(getattr(member, "prompt", "")), variant=member.variant
    )


def as_llm(known: Identity, shown: Sequence[Shown]) -> LLM:
    """Return an LLM with what it showed, as the file holds it."""
    return LLM(**asdict(known), shown=tuple(shown))


def gather(tasks: Sequence[Finished]) -> Priors:
    """Return the priors of some finished tasks, by LLM.

    Raises
    ------
    DataError
        When there is no task.
    """
    if not tasks:
        raise DataError(
            "There is no finished task to learn priors from.", hint="Name at least one task file."
        )
    shown: dict[Identity, list[Shown]] = {}
    for number, task in enumerate(tasks, start=1):
        for i, llm in enumerate(task.answers.llms):
            known = task.identities.get(llm, Identity(name=llm))
            found = _shown(task, i, number)
            if found is not None:
                shown.setdefault(known, []).append(found)
    return Priors(
        tasks=tuple(
            PastTask(
                number=number,
                classes=task.classes,
                rows=len(task.answers),
                human_labels=task.human_labels,
            )
            for number, task in enumerate(tasks, start=1)
        ),
        llms=tuple(as_llm(known, all_shown) for known, all_shown in shown.items()),
    )


def _shown(task: Finished, i: int, number: int) -> Shown | None:
    """Return what LLM i showed, None where it gave no usable answer."""
    o = observe(task.answers)[:, i]  # (n, K)
    answered = has_answer(o[:, None])[:, 0]
    if not answered.any():
        return None
    llm = task.answers.llms[i]
    asked = int(task.answers.asked[:, i].sum())
    P = task.posterior
    counts = P[answered].T @ o[answered]  # (K, K): has, named
    share = counts / counts.sum()
    return Shown(
        task=number,
        rows=int(answered.sum()),
        invalid=_short(1 - answered.sum() / max(asked, 1)),
        accuracy=_accuracy(task, o, answered),
        sharpness=_short(o[answered].max(1).mean()),
        bias={
            name: _short(share[:, k].sum() - share[k].sum(), signed=True)
            for k, name in enumerate(task.classes)
        },
        confusion=_named(counts, task.classes),
        seconds=_cost(task.seconds, llm),
        tokens=_cost(task.tokens, llm),
    )


def _accuracy(task: Finished, o: Probs, answered: np.ndarray) -> Accuracy:
    """Return the share of an LLM's answers that are right, by people's labels with the help of the posterior."""
    judged, said = task.judged, o.argmax(1)
    heard = answered[judged.rows]
    rows = judged.rows[heard]
    predicted_all = task.posterior[np.arange(len(o)), said][answered]
    if not len(rows):
        return Accuracy(value=_short(predicted_all.mean()), low=0.0, high=1.0)
    found = prediction_powered(
        said[rows] == judged.y[heard],
        judged.probs[heard, said[rows]],
        predicted_all,
        weight=None if judged.even else judged.weight[heard],
    )
    return Accuracy(value=_short(found.value), low=_short(found.low), high=_short(found.high))


def _named(counts: Floats, classes: Sequence[str]) -> dict[str, dict[str, float]]:
    return {
        has: {
            named: round(float(counts[k, a]), 1) for a, named in enumerate(classes) if counts[k, a] >= SMALL
        }
        for k, has in enumerate(classes)
    }


def _short(value: float, *, signed: bool = False) -> float:
    return round(float(np.clip(value, -1.0 if signed else 0.0, 1.0)), 4)


def _cost(known: Mapping[str, float], llm: str) -> float | None:
    return round(known[llm], 3) if llm in known else None
