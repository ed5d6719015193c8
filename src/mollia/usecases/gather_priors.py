"""From finished tasks to the priors file: what their ledgers show of each LLM."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mollia.asking.costs import measured_costs
from mollia.errors import DataError
from mollia.priors.file import Priors, read_priors, write_priors
from mollia.priors.gather import Finished, Judged, gather, identity
from mollia.priors.merge import merged
from mollia.progress import Progress, quiet
from mollia.quality.outcome import outcome
from mollia.session.parts import open_answered
from mollia.task.config import Task
from mollia.task.load import load_task
from mollia.task.task_file import is_task
from mollia.whole_files import keep_inputs

LEAST = 10  # human labels that may judge, below which a task says nothing of its LLMs


def gather_priors(sources: Sequence[Path], out: Path, *, progress: Progress = quiet) -> Priors:
    """Read finished tasks, and priors files written before, and write what they show of each LLM to `out`.

    No LLM is asked; each task is fused again from what its ledger holds.

    Raises
    ------
    MolliaError
        When a source is wrong, `out` is one of them, or a task has too few human labels.
    """
    keep_inputs(out, list(sources))
    found = [
        gather([_finished(load_task(source), source, progress)]) if is_task(source) else read_priors(source)
        for source in sources
    ]
    priors = merged(found)
    write_priors(priors, out)
    return priors


def _finished(task: Task, source: Path, progress: Progress) -> Finished:
    with open_answered(task, progress=progress) as parts:
        parts.show_all()
        evidence = parts.evidence()
        found = outcome(evidence, parts.fuser)
        judging = found.judging
        if judging is None or len(judging.rows) < LEAST:
            n = len(parts.seed) if judging is None else len(judging.rows)
            raise DataError(
                f"{source}: {n} of its rows have a human label that can judge the LLMs; at least {LEAST} are needed.",
                hint="Label more rows of that task first (`mollia serve`), or leave it out.",
            )
        costs = measured_costs(parts)
        return Finished(
            classes=parts.classes,
            answers=evidence.answers,
            posterior=found.fused.posterior,
            judged=Judged(
                rows=judging.rows,
                y=judging.y,
                probs=judging.probs,
                weight=judging.pool_weight,
                even=judging.even,
            ),
            human_labels=int(found.known.labelled.sum()),
            identities={member.name: identity(member) for member in task.panel},
            seconds={llm: cost.seconds for llm, cost in costs.items()},
            tokens={llm: cost.prompt_tokens + cost.reply_tokens for llm, cost in costs.items()},
        )
