"""A live run in a cascade: the pilot is asked in full, then some LLMs after others about the rows still open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import numpy as np

from mollia.annotate.ask_panel import AskResult
from mollia.arrays import Rows
from mollia.asking.advise import make_refits
from mollia.asking.costs import asking_of
from mollia.errors import AnnotatorError
from mollia.fusion import Mixture
from mollia.panel.cascade import LEAST_HUMAN, Cascade, Course, Stage, order_of, pilot_rows, run_cascade
from mollia.panel.costs import make_costs
from mollia.panel.parts import parts_of, samples_of
from mollia.protocols import Fuser
from mollia.records import PanelAnswers
from mollia.session.parts import Parts

ORDER = "cascade order"
STAGES = "cascade stages"
AT_MOST = "cascade loss at most"


def ask_in_cascade(parts: Parts) -> Cascade | None:
    """Ask the panel about the pool in a cascade; None where it was asked in full, or stopped early.

    With fewer than 20 human labels, or one LLM, everything is asked. The way depends on the answers
    alone: a run that was killed takes it again over what the ledger holds, and asks only what lacks.
    An LLM that cannot go on is left out, as it is without a cascade; `parts.results` has its sentence.

    Raises
    ------
    AnnotatorError
        When no LLM could be asked about the pilot.
    """
    n = len(parts.pool)
    if parts.known.labelled.sum() < LEAST_HUMAN or len(parts.annotators) < 2:  # noqa: PLR2004  # nothing to leave out
        parts.ask_for(np.arange(n))
        return None
    pilot = pilot_rows(parts.known.y, random_state=parts.task.run.random_state)
    parts.ask_for(pilot)
    order = [] if parts.partial else _order(parts, pilot)
    done = None
    if order:
        done = run_cascade(
            lambda llms, rows: _ask(parts, llms, rows),
            cast("Fuser", Mixture(encoder=parts.fuser.encoder, random_state=parts.task.run.random_state)),
            parts.panel(),
            parts.known.y,
            parts.pool.texts,
            course=Course(pilot=pilot, order=order, loss=parts.task.run.cascade_loss),
        )
        parts.store.note({STAGES: [_words(stage) for stage in done.stages], AT_MOST: done.at_most})
    parts.show_all()
    return None if parts.partial else done


def cascade_at_most(parts: Parts) -> float | None:
    """Return the accuracy that the task's cascade loses at most, in 9 of 10 panels; None where there was none."""
    kept = parts.store.manifest().get(AT_MOST)
    return float(kept) if isinstance(kept, float) else None


def merged(results: Sequence[AskResult]) -> AskResult:
    """Return several calls' results as one."""
    problems: dict[str, dict[str, int]] = {}
    for result in results:
        for llm, kinds in result.problems.items():
            mine = problems.setdefault(llm, {})
            for kind, number in kinds.items():
                mine[kind] = mine.get(kind, 0) + number
    return AskResult(
        asked=sum(each.asked for each in results),
        stored=sum(each.stored for each in results),
        reused=sum(each.reused for each in results),
        calls=sum(each.calls for each in results),
        prompt_tokens=sum(each.prompt_tokens for each in results),
        reply_tokens=sum(each.reply_tokens for each in results),
        money=sum(each.money for each in results),
        seconds=sum(each.seconds for each in results),
        problems=problems,
        stopped={llm: why for each in results for llm, why in each.stopped.items()},
        partial=" ".join(dict.fromkeys(each.partial for each in results if each.partial)),
    )


def _order(parts: Parts, pilot: Rows) -> list[str]:
    """Return the LLMs in the order of worth per cost, as an earlier run found it on the same pilot.

    Measured seconds would not come out the same twice, so the order is kept.
    """
    stopped = {llm for result in parts.results for llm in result.stopped}
    mark = [
        list(parts.pool.ids_of(pilot)),
        sorted(parts.llms),
        parts.known.y[pilot].tolist(),
    ]
    kept = parts.store.manifest().get(ORDER)
    if isinstance(kept, dict) and kept.get("of") == mark:
        return [llm for llm in kept["order"] if llm not in stopped]
    X = parts.panel()[pilot].subpanel([llm for llm in parts.llms if llm not in stopped])
    if len(parts_of(X)) < 2:  # noqa: PLR2004  # one voice: nothing to order
        return [llm for llm in X.llms if llm not in stopped]
    refits, _ = make_refits(
        X,
        parts.known.y[pilot],
        parts.pool.texts_of(pilot),
        fuser=replace(parts.fuser, method="default"),
    )
    T = {llm: max(samples_of(X, llm), 1) for llm in X.llms}
    order = list(order_of(refits, make_costs(refits.parts, asking_of(parts, X), samples=T)))
    parts.store.note({ORDER: {"of": mark, "order": order}})
    return [llm for llm in order if llm not in stopped]


def _ask(parts: Parts, llms: Sequence[str], rows: Rows) -> PanelAnswers | None:
    """Ask LLMs about rows; return all answers there are, None when the budget is used up."""
    try:
        parts.ask_for(rows, llms=llms)
    except AnnotatorError as error:  # the others go on
        parts.results.append(AskResult(stopped=dict.fromkeys(llms, str(error))))
    return None if parts.partial else parts.panel()


def _words(stage: Stage) -> dict[str, object]:
    return {
        "llms": list(stage.llms),
        "asked": stage.asked,
        "closed": stage.closed,
        "loss": stage.loss,
        "changed": stage.changed,
    }
