"""What a priors file says of a panel at hand: LLMs are matched by how they are known, classes by their names."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np

from mollia.arrays import Floats, Vector
from mollia.fusion.known_llms import KnownLLMs
from mollia.priors.file import LLM, Priors, Shown
from mollia.priors.gather import Identity

LEAST, MOST = 0.02, 0.98  # an accuracy stays between before its log odds
SPREAD = 0.3  # by how much a skill differs from task to task, in log odds: its standard deviation


def known_llms(
    priors: Priors, llms: Sequence[Identity], classes: Sequence[Sequence[str]]
) -> KnownLLMs | None:
    """Return what earlier tasks say of a panel's N LLMs on K classes (names and aliases each); None if nothing.

    An LLM is the same where its name and, where both are known, model, form and variant of the prompt are. On each task its
    log odds of being right are compared with the mean of the panel's LLMs there, so how hard a task was drops out; the
    mean over tasks shrinks the more, the fewer there are and the fewer labels they rest on. Confusions
    are taken from tasks whose classes are the same, by name.
    """
    shown = [_shown(priors, llm) for llm in llms]
    if not any(shown):
        return None
    names = [{_key(name) for name in some} for some in classes]
    same = {
        task.number
        for task in priors.tasks
        if len(task.classes) == len(names)
        and all(any(_key(one) in some for one in task.classes) for some in names)
    }
    confusion = np.zeros((len(llms), len(names), len(names)))
    for i, found in enumerate(shown):
        for each in found:
            if each.task in same:
                confusion[i] += _counts(each, names)
    tasks = {each.task for found in shown for each in found}
    return KnownLLMs(
        skill=_skills(shown),
        confusion=confusion,
        source="one earlier task" if len(tasks) == 1 else f"{len(tasks)} earlier tasks",
    )


def _shown(priors: Priors, llm: Identity) -> tuple[Shown, ...]:
    return tuple(each for known in priors.llms if _same(known, llm) for each in known.shown)


def _same(known: LLM, llm: Identity) -> bool:
    if known.name != llm.name and not (known.model and known.model == llm.model):
        return False
    for one, other in ((known.model, llm.model), (known.prompt, llm.prompt)):
        if one and other and one != other:
            return False
    return known.variant == llm.variant


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().casefold()


def _counts(shown: Shown, names: Sequence[set[str]]) -> Floats:
    """Return confusion counts (K, K) in the order of the panel's classes."""
    number = {name: k for k, some in enumerate(names) for name in some}
    out = np.zeros((len(names), len(names)))
    for has, row in shown.confusion.items():
        for said, count in row.items():
            if _key(has) in number and _key(said) in number:
                out[number[_key(has)], number[_key(said)]] += count
    return out


def _skills(shown: Sequence[Sequence[Shown]]) -> Vector:
    """Return skills (N,), NaN where an LLM is not known or stood alone on its tasks."""
    by_task: dict[int, dict[int, tuple[float, float]]] = {}
    for i, found in enumerate(shown):
        for each in found:
            by_task.setdefault(each.task, {})[i] = _odds(each)
    total, weight = np.zeros(len(shown)), np.zeros(len(shown))
    for of in by_task.values():
        if len(of) < 2:  # noqa: PLR2004  # nobody to be compared with
            continue
        level = float(np.mean([odds for odds, _ in of.values()]))
        for i, (odds, error) in of.items():
            w = 1 / (SPREAD**2 + error**2)
            total[i] += w * (odds - level)
            weight[i] += w
    out: Vector = np.where(weight > 0, total / (weight + 1 / SPREAD**2), np.nan)
    return out


def _odds(shown: Shown) -> tuple[float, float]:
    """Return the log odds of being right and their standard error, from the interval."""
    low, value, high = (
        float(np.log(p / (1 - p)))
        for p in np.clip([shown.accuracy.low, shown.accuracy.value, shown.accuracy.high], LEAST, MOST)
    )
    return value, max(high - low, 0.0) / (2 * 1.96)
