"""The panel without the loop: ask it, plan what asking costs, look at its servers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from threadpoolctl import threadpool_limits

from mollia.annotate.ask_panel import AskResult, ask_panel
from mollia.annotate.budget import NOTHING, Spending
from mollia.arrays import Mask
from mollia.asking.cascade import ask_in_cascade, merged
from mollia.data.table import Say
from mollia.data.table import quiet as silent
from mollia.fusion.observation import usable_answers
from mollia.ledger.panel_matrix import PanelMatrix
from mollia.progress import Progress, quiet
from mollia.protocols import Engine
from mollia.quality.completeness import Completeness, completeness, named_instead, rows_labelled
from mollia.records import PanelAnswers, Pool, Question
from mollia.session.open_task import OpenTask, open_task
from mollia.session.parts import open_parts
from mollia.session.questions import prices
from mollia.session.recorded_columns import note_recorded
from mollia.session.run_state import watched
from mollia.session.spending import caps_of, spent_on
from mollia.task.config import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelState:
    """A panel that was asked: what asking brought, and all its answers (read from the ledger)."""

    result: AskResult
    panel: PanelMatrix
    pool: Pool
    in_full: bool = True
    spending: Spending = NOTHING  # of the task, over all its runs

    @property
    def completeness(self) -> Completeness:
        """Whether the panel was asked everything and answered it; a row with a usable answer is as good as labelled."""
        usable: Mask = usable_answers(self.panel.answers).sum(1) > 0
        rows = rows_labelled(usable, self.pool.texts)
        return completeness(self.panel, rows, in_full=self.in_full, partial=self.result.partial)


def ask_task(
    task: Task, *, progress: Progress = quiet, say: Say = silent, engine: Engine | None = None
) -> PanelState:
    """Ask the panel about every text of a task; what the ledger holds is not asked again.

    LLMs are asked from where the `engine` works, by default from here. `say` is told what was left aside while files were read, and what LLMs named in place of a class.

    Raises
    ------
    MolliaError
        When the data, a panel member or the ledger is wrong.
    """
    if task.run.cascade:
        with open_parts(task, ask=True, progress=progress, engine=engine) as parts, threadpool_limits(1):
            _say(parts.notes, say)
            ask_in_cascade(parts)
            _say(named_instead(parts.panel_read()), say)
            return PanelState(
                result=merged(parts.results),
                panel=parts.panel_read(),
                pool=parts.pool,
                in_full=False,
                spending=spent_on(task, parts.store),
            )
    with watched(task.run.out, progress) as told, open_task(task, engine=engine) as opened:
        _say((*opened.pool.notes, *opened.panel.notes), say)
        result = ask_within_budget(opened, opened.panel.questions, told)
        spending, read = spent_on(task, opened.store), opened.answers()
        _say(named_instead(read), say)
        return PanelState(result=result, panel=read, pool=opened.pool, spending=spending)


def _say(notes: Iterable[str], say: Say) -> None:
    for note in notes:
        say(note)


def answers_at_hand(task: Task) -> PanelAnswers:
    """Return the answers that cost no call, (n, N, K); there may be none."""
    with open_task(task) as opened:
        return free_answers(opened)


def free_answers(opened: OpenTask) -> PanelAnswers:
    """Return the ledger's answers and the recorded ones, (n, N, K)."""
    free = [each for each in opened.panel.to_ask if not each.live]
    ask_panel({each.name: opened.panel.questions[each.name] for each in free}, free, opened.store)
    return opened.answers().answers


def shortlist_recall(panel: PanelMatrix, pool: Pool) -> Mapping[str, float]:
    """Return by LLM the share of rows with gold whose true class got any mass, where z was asked for."""
    known = pool.gold >= 0
    out = {}
    for i, llm in enumerate(panel.answers.llms):
        z = panel.answers.z[:, i]
        rows = known & (z.sum(1) > 0)
        if rows.any():
            out[llm] = float((z[rows, pool.gold[rows]] > 0).mean())
    return out


def ask_within_budget(
    opened: OpenTask, questions: Mapping[str, Sequence[Question]], progress: Progress
) -> AskResult:
    """Put questions, by LLM, to the panel within the task's caps; `progress` hears of each LLM, if it wants to."""
    note_recorded(opened.store, opened.panel.recorded)
    return ask_panel(
        questions,
        opened.panel.to_ask,
        opened.store,
        budget=caps_of(opened.task),
        spent=spent_on(opened.task, opened.store),
        prices=prices(opened.task),
        progress=progress,
    )
