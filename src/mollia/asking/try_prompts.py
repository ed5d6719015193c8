"""Asking each LLM about the labelled rows in several ways, and which way to keep.

A way is a wording (`variant`) and a set of examples. Only rows that people labelled are asked about; all answers are in
the task's ledger, so that a way that is kept is not asked there again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from mollia.annotate.ask_panel import ask_panel
from mollia.annotate.question_keys import panel_keys
from mollia.arrays import PanelMass, Rows
from mollia.asking.costs import AnswerCost, mean_cost, paid
from mollia.data import duplicates
from mollia.data.table import Say
from mollia.data.table import quiet as silent
from mollia.errors import TaskError, did_you_mean
from mollia.fusion.observation import observe, usable_answers
from mollia.people.known_rows import known_rows
from mollia.people.ledger_sync import people_said
from mollia.progress import Progress, quiet
from mollia.protocols import Annotator
from mollia.quality.prompt_choice import PromptChoice, check_enough, choose_prompt
from mollia.session.answers import panel_answers
from mollia.session.examples import wanted_of
from mollia.session.open_task import OpenTask, open_task
from mollia.session.questions import prices, questions_at, questions_by_llm
from mollia.session.run_state import watched
from mollia.session.spending import caps_of, spent_on
from mollia.settings import Choose, PanelMember
from mollia.task.config import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A wording, and how many labelled texts are shown, chosen how ("fixed" where none is shown)."""

    variant: int = 0
    examples: int = 0
    choose: Choose = "fixed"

    def __str__(self) -> str:
        """Say it as in `variant 1, 4 nearest examples`."""
        shown = f"{self.examples} {self.choose} examples" if self.examples else "no examples"
        return f"variant {self.variant}, {shown}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """The ways one LLM was asked in, the present one first; `choice` is None where an answer is lacking.

    `costs` are per text, None where nothing was asked (every text was empty); `lacking` counts rows without a usable
    answer because a request failed, by way.
    """

    llm: str
    ways: tuple[Way, ...]
    costs: tuple[AnswerCost | None, ...]
    lacking: tuple[int, ...]
    choice: PromptChoice | None

    @property
    def kept(self) -> Way:
        """The way to use from now on."""
        better = self.choice is not None and self.choice.better
        return self.ways[self.choice.chosen] if self.choice is not None and better else self.ways[0]


@dataclass(slots=True, kw_only=True)
class _Asked:
    """What came of one LLM's ways so far."""

    member: PanelMember
    annotator: Annotator
    ways: tuple[Way, ...]
    o: list[PanelMass] = field(default_factory=list)  # (m, K) per way
    costs: list[AnswerCost | None] = field(default_factory=list)
    lacking: list[int] = field(default_factory=list)


def way_of(task: Task, member: PanelMember) -> Way:
    """Return the way a panel member is asked in now."""
    wanted = wanted_of(task, member)
    return _way(member.variant, wanted.number, wanted.choose)


def _way(variant: int, examples: int, choose: Choose) -> Way:
    return Way(variant=variant, examples=examples, choose=choose if examples else "fixed")


def ways_of(now: Way, variants: Sequence[int], examples: Sequence[tuple[int, Choose]]) -> tuple[Way, ...]:
    """Return the present way, and every wording with every set of examples, each once."""
    return tuple(dict.fromkeys([now, *(_way(variant, *shown) for variant in variants for shown in examples)]))


def try_prompts(
    task: Task,
    *,
    variants: Sequence[int],
    examples: Sequence[tuple[int, Choose]],
    llms: Sequence[str] = (),
    progress: Progress = quiet,
    say: Say = silent,
) -> list[Tried]:
    """Ask each LLM (of `llms`, by default all that can be asked) in each way about the labelled rows, and choose.

    Labels of the audit choose nothing. What the ledger holds is not asked again, and the task's caps hold.

    Raises
    ------
    MolliaError
        When data, labels, a panel member or the ledger is wrong, there are too few labels, or no LLM can be asked.
    """
    with watched(task.run.out, progress) as told, open_task(task) as opened:
        for note in (*opened.pool.notes, *opened.panel.notes):
            say(note)
        groups = duplicates.group(opened.pool.texts)
        people = people_said(task, opened.pool, groups, opened.store)
        known = known_rows(opened.pool, people.trains, groups)
        rows = np.flatnonzero(known.labelled)
        check_enough(groups[rows])
        asked = [
            _Asked(member=member, annotator=annotator, ways=ways_of(way_of(task, member), variants, examples))
            for member, annotator in _live(opened, llms, say)
        ]
        for number in range(max(len(each.ways) for each in asked)):
            _ask(opened, [each for each in asked if number < len(each.ways)], number, rows, told)
        y = known.y[rows]
        return [_tried(each, y, groups[rows], task.run.random_state) for each in asked]


def _live(opened: OpenTask, llms: Sequence[str], say: Say) -> list[tuple[PanelMember, Annotator]]:
    """Return the members that can be asked, out of those that are wanted."""
    unknown = [llm for llm in llms if llm not in opened.panel.llms]
    if unknown:
        raise TaskError(
            f'The panel has no LLM "{unknown[0]}".{did_you_mean(unknown[0], opened.panel.llms)}',
            hint=f"Its LLMs: {', '.join(opened.panel.llms)}",
        )
    both = [
        pair
        for pair in zip(opened.task.panel, opened.panel.annotators, strict=True)
        if not llms or pair[0].name in llms
    ]
    found = [pair for pair in both if pair[1].live]
    recorded = [member.name for member, annotator in both if not annotator.live]
    if not found:
        raise TaskError(
            f"None of the LLMs can be asked in another way: the answers of {', '.join(recorded)} are recorded.",
            hint="Prompts are chosen where LLMs are asked: kind openai, llama_cpp, transformers or vllm.",
        )
    if recorded:
        say(f"Left out, as recorded answers cannot be asked for in another way: {', '.join(recorded)}.")
    return found


def _ask(opened: OpenTask, asked: Sequence[_Asked], number: int, rows: Rows, progress: Progress) -> None:
    """Ask each LLM in its way of that number."""
    task = opened.task
    panel = [each.member.model_copy(update=asdict(each.ways[number])) for each in asked]
    made = questions_by_llm(task.model_copy(update={"panel": panel}), opened.pool)
    questions = {llm: questions_at(all_, rows) for llm, all_ in made.items()}
    annotators = [each.annotator for each in asked]
    ask_panel(
        questions,
        annotators,
        opened.store,
        budget=caps_of(task),
        spent=spent_on(task, opened.store),
        prices=prices(task),
        progress=progress,
    )
    keys = panel_keys(questions, annotators)
    ids = [opened.pool.ids[row] for row in rows.tolist()]
    found = panel_answers(opened.store, keys, (), ids, task.labels).answers
    said, o = usable_answers(found), observe(found)
    for place, each in enumerate(asked):
        stored = {
            answer.key: answer
            for answer in opened.store.answers(keys[each.member.name], llms=[each.member.name])
        }
        failed = [
            key not in stored or stored[key].problem is not None
            for key, question in zip(keys[each.member.name], questions[each.member.name], strict=True)
            if question.prompt.user
        ]
        each.lacking.append(int(sum(failed)))
        each.o.append(np.where(said[:, place, None], o[:, place], 0.0))
        each.costs.append(mean_cost(paid(stored.values()), each.member))


def _tried(asked: _Asked, y: Rows, groups: Rows, random_state: int | None) -> Tried:
    whole = not any(asked.lacking)
    o = np.stack(asked.o, 1)  # (m, J, K)
    return Tried(
        llm=asked.member.name,
        ways=asked.ways,
        costs=tuple(asked.costs),
        lacking=tuple(asked.lacking),
        choice=choose_prompt(o, y, groups, random_state=random_state) if whole else None,
    )
