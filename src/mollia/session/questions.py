"""What each LLM of the panel is asked, and what its tokens cost."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from mollia.annotate.budget import Price
from mollia.annotate.prompt import Questions, make_questions
from mollia.arrays import Rows
from mollia.records import Pool, Question
from mollia.session.examples import shown_examples
from mollia.settings import AskedWith, PanelMember
from mollia.task.config import Task


def questions_by_llm(task: Task, pool: Pool) -> dict[str, Sequence[Question]]:
    """Return each LLM's questions in the pool's order; LLMs with equal settings share them."""
    made: dict[AskedWith, Sequence[Question]] = {}
    ask = partial(
        make_questions,
        pool.ids,
        pool.texts,
        instruction=task.instruction,
        classes=task.classes,
        guidelines=task.guidelines,
        examples=shown_examples(task, pool),
    )
    out = {}
    for member in task.panel:
        how = member.asked_with()
        if how not in made:
            made[how] = ask(asked_with=how)
        out[member.name] = made[how]
    return out


def questions_at(questions: Sequence[Question], rows: Rows) -> Sequence[Question]:
    """Return the questions of some rows of the pool, which need not be made yet."""
    if isinstance(questions, Questions):
        return questions if len(rows) == len(questions) else questions.of(rows)
    return [questions[row] for row in rows.tolist()]


def price_of(member: PanelMember) -> Price:
    """Return an LLM's price of tokens."""
    return Price(prompt=member.price_in, reply=member.price_out)


def prices(task: Task) -> dict[str, Price]:
    """Return each LLM's price of tokens."""
    return {member.name: price_of(member) for member in task.panel}
