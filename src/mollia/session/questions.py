"""What each LLM of the panel is asked, and what its tokens cost."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from mollia.annotate.budget import Price
from mollia.annotate.few_shot import Example
from mollia.annotate.prompt import Picture, Questions, make_questions
from mollia.arrays import Rows
from mollia.data.table import as_text, fold
from mollia.records import Pool, Question
from mollia.session.examples import shown_examples, wanted_of
from mollia.settings import AskedWith, PanelMember
from mollia.task.config import Task


def questions_by_llm(task: Task, pool: Pool) -> dict[str, Sequence[Question]]:
    """Return each LLM's questions in the pool's order; LLMs with equal settings share them."""
    made: dict[tuple[AskedWith, int, str], Sequence[Question]] = {}
    shown: dict[tuple[int, str], Sequence[Example] | list[list[Example]]] = {}
    ask = partial(
        make_questions,
        pool.ids,
        _asked_about(task, pool),
        instruction=task.instruction,
        classes=task.classes,
        guidelines=task.guidelines,
    )
    out = {}
    for member in task.panel:
        wanted = wanted_of(task, member)
        which = wanted.number, wanted.choose if wanted.number else ""
        if which not in shown:
            shown[which] = shown_examples(task, pool, wanted)
        how = member.asked_with(), *which
        if how not in made:
            made[how] = ask(asked_with=how[0], examples=shown[which])
        out[member.name] = made[how]
    return out


def _asked_about(task: Task, pool: Pool) -> Sequence[str] | Sequence[Picture]:
    """Return what an LLM is shown of each row: its text, or its image with the caption in the text column.

    An image's path is kept from it: folders are often named after classes.
    """
    if pool.content != "image":
        return pool.shown
    column = next((name for name in pool.columns if fold(name) == fold(task.data.text)), None)
    captions = [""] * len(pool) if column is None else pool.columns[column]
    return tuple(
        Picture(reference=image, caption=as_text(caption) or "")
        for image, caption in zip(pool.texts, captions, strict=True)
    )


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
