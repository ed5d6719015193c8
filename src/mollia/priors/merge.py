"""Several priors files as one."""

from __future__ import annotations

from collections.abc import Sequence

from mollia.priors.file import PastTask, Priors, Shown
from mollia.priors.gather import Identity, as_llm


def merged(files: Sequence[Priors]) -> Priors:
    """Return all tasks and LLMs of some priors; tasks are numbered anew, an LLM that stands in several stands once."""
    tasks: list[PastTask] = []
    shown: dict[Identity, list[Shown]] = {}
    for priors in files:
        number = {task.number: len(tasks) + at for at, task in enumerate(priors.tasks, start=1)}
        tasks += [task.model_copy(update={"number": number[task.number]}) for task in priors.tasks]
        for llm in priors.llms:
            who = Identity(name=llm.name, model=llm.model, prompt=llm.prompt, variant=llm.variant)
            shown.setdefault(who, []).extend(
                each.model_copy(update={"task": number[each.task]}) for each in llm.shown
            )
    return Priors(
        tasks=tuple(tasks),
        llms=tuple(as_llm(who, each) for who, each in shown.items()),
    )
