"""A panel of a few small models, each asked in several ways: a task of its own, asked one member after another.

Members are asked one at a time, so that the seconds of an answer are those of a model that has the processor to itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mollia.annotate.ask_panel import ask_panel
from mollia.annotate.few_shot import fixed
from mollia.arrays import Classes, Matrix, Rows
from mollia.data.write_table import write_columns
from mollia.errors import DataError
from mollia.records import PanelAnswers
from mollia.session.open_task import open_task
from mollia.task.load import load_task
from mollia_benchmarks.datasets import Recorded

VARIANTS = (0, 1, 2)
SHOWN = (0, 6)  # labelled texts in the prompt
TASK = "task.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A model asked in one way."""

    model: str
    variant: int
    shown: int

    @property
    def name(self) -> str:
        """Its name on the panel."""
        return f"{self.model}-v{self.variant}-e{self.shown}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked: answers, tokens (n, J), seconds (n, J), gold (n,), texts, and the rows shown as examples."""

    members: tuple[Member, ...]
    answers: PanelAnswers
    tokens: Matrix
    seconds: Matrix
    gold: Classes
    texts: tuple[str, ...]
    examples: Rows


def members_of(models: Mapping[str, Path]) -> tuple[Member, ...]:
    """Return every model in every way, the plainest first."""
    return tuple(
        Member(model=model, variant=variant, shown=shown)
        for model in models
        for shown in SHOWN
        for variant in VARIANTS
    )


def write_task(
    folder: Path, recorded: Recorded, models: Mapping[str, Path], *, base: frozenset[str], rows: int
) -> Path:
    """Write the task's texts, examples and task file; return the file. `base` are models that continue a text.

    Raises
    ------
    DataError
        When a model's file is not there.
    """
    for model, path in models.items():
        if not path.is_file():
            raise DataError(f"{model}: there is no file {path}.", hint="Give --weights NAME=FILE.gguf.")
    folder.mkdir(parents=True, exist_ok=True)
    n = min(rows, len(recorded))
    taken = np.random.default_rng(0).permutation(len(recorded))[:n]
    gold, texts = recorded.gold[taken], [recorded.texts[row] for row in taken.tolist()]
    names = recorded.classes
    columns = {
        "id": [str(row) for row in range(n)],
        "text": texts,
        "gold": [names[label] for label in gold.tolist()],
    }
    write_columns(folder / "texts.csv", columns)
    shown = fixed(gold, max(SHOWN))
    write_columns(
        folder / "examples.csv",
        {"id": [str(row) for row in shown.tolist()], "label": [names[gold[row]] for row in shown.tolist()]},
    )
    lines = [
        f"name = {json.dumps(recorded.name)}",
        f"instruction = {json.dumps(recorded.about.instruction)}",
        '[data]\npath = "texts.csv"\nid = "id"\ngold = "gold"',
        *(f"[[classes]]\nname = {json.dumps(name)}" for name in names),
        '[seed]\npath = "examples.csv"',
        '[run]\nout = "out"',
    ]
    lines.extend(
        f'[[panel]]\nname = "{member.name}"\nkind = "llama_cpp"\npath = {json.dumps(str(models[member.model].resolve()))}\n'
        f'prompt = "{"plain" if member.model in base else "chat"}"\nvariant = {member.variant}\nexamples = {member.shown}'
        for member in members_of(models)
    )
    path = folder / TASK
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def ask(path: Path, models: Mapping[str, Path], say: Callable[[str], None]) -> None:
    """Ask what the task's ledger does not hold yet, one member after another."""
    with open_task(load_task(path)) as opened:
        for member, annotator in zip(members_of(models), opened.panel.annotators, strict=True):
            say(f"asking {member.name} ...")
            ask_panel({member.name: opened.panel.questions[member.name]}, [annotator], opened.store)
            annotator.close()


def asked(path: Path, models: Mapping[str, Path]) -> Asked:
    """Read what was asked.

    Raises
    ------
    DataError
        When an answer is lacking.
    """
    with open_task(load_task(path)) as opened:
        pool, keys = opened.pool, opened.panel.keys
        spent = np.zeros((2, len(pool), len(keys)))
        for at, llm in enumerate(opened.panel.llms):
            stored = {
                each.key: each for each in opened.store.answers(keys[llm], llms=[llm]) if each.problem is None
            }
            lacking = [key for key in keys[llm] if key not in stored]
            if lacking:
                raise DataError(
                    f"{llm}: {len(lacking)} rows have no answer.", hint="Run the benchmark again."
                )
            own = [stored[key] for key in keys[llm]]
            spent[0, :, at] = [each.prompt_tokens + each.reply_tokens for each in own]
            spent[1, :, at] = [each.seconds for each in own]
        answers = opened.answers().answers
        shown = fixed(pool.gold, max(SHOWN))
    return Asked(
        members=members_of(models),
        answers=answers,
        tokens=spent[0],
        seconds=spent[1],
        gold=pool.gold,
        texts=tuple(pool.texts),
        examples=shown,
    )
