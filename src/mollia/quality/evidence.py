"""What labels rest on: the panel's answers, the texts, and what people said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Rows
from mollia.fusion.carried import CarriedRows
from mollia.fusion.known_llms import KnownLLMs
from mollia.people.known_rows import KnownRows
from mollia.protocols import Encoder, Student
from mollia.records import HumanLabels, PanelAnswers, Pool, Use
from mollia.registry import takes
from mollia.strings import taken

StudentMaker = Callable[[], Student]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Answers and human labels of a pool's n rows.

    `groups` (n,) numbers equal texts alike; `has_texts` is False where the answers came without; `labels` are
    all that people gave, by use, and `known` what those that train say of each row.
    """

    pool: Pool
    groups: Rows
    answers: PanelAnswers
    has_texts: bool
    classes: tuple[str, ...]
    labels: Mapping[Use, HumanLabels]
    known: KnownRows

    @property
    def rows(self) -> Rows:
        """Rows that were asked, or that a person labelled (positions in the pool)."""
        return np.flatnonzero(self.answers.asked.any(1) | self.known.known)

    def answers_of(self, rows: Rows) -> PanelAnswers:
        """Return the answers to rows, without a copy where they are all."""
        return self.answers if len(rows) == len(self.pool) else self.answers[rows]

    def texts_of(self, rows: Rows) -> Sequence[str] | None:
        """Return the texts of rows, None where there are none."""
        if not self.has_texts:
            return None
        return self.pool.texts if len(rows) == len(self.pool) else taken(self.pool.texts, rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class FuserChoice:
    """Which fuser takes the evidence: a registered name, and a maker of students as its text view (None = its own).

    `encoder` reads rows whose content has no words, in place of TF-IDF; `known` is what earlier tasks showed of the
    panel's LLMs, or rows that people labelled in one.
    """

    method: str = "default"
    random_state: int | None = 0
    text_view: StudentMaker | None = None
    encoder: Encoder | None = None
    known: KnownLLMs | CarriedRows | None = None

    def settings(self) -> dict[str, object]:
        """Return what the fuser is made with, as far as it has a parameter for it."""
        given: dict[str, object] = {"random_state": self.random_state}
        given |= {} if self.encoder is None else {"encoder": self.encoder}
        given |= {} if self.known is None else {"known": self.known}
        return {name: value for name, value in given.items() if takes("fuser", self.method, name)}
