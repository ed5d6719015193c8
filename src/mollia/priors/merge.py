"""Several priors files as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from mollia.priors.file import LLM, PastTask, Priors, Shown


@dataclass(frozen=True, slots=True)
class _Who:
    name: str
    model: str
    prompt: str
    variant: int


def merged(files: Sequence[Priors]) -> Priors:
    """Return all tasks and LLMs of some priors; tasks are numbered anew, an LLM that stands in several stands once."""
    tasks: list[PastTask] = []
    shown: dict[_Who, list[Shown]] = {}
    for priors in files:
        number = {task.number: len(tasks) + at for at, task in enumerate(priors.tasks, start=1)}
        tasks += [task.model_copy(update={"number": number[task.number]}) for task in priors.tasks]
        for llm in priors.llms:
            shown.setdefault(_Who(llm.name, llm.model, llm.prompt, llm.variant), []).extend(
                each.model_copy(update={"task": number[each.task]}) for each in llm.shown
            )
    return Priors(
        tasks=tuple(tasks),
        llms=tuple(
            LLM(
                **dict(zip(("name", "model", "prompt", "variant"), astuple(who), strict=True)),
                shown=tuple(each),
            )
            for who, each in shown.items()
        ),
    )
