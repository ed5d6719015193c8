"""Rows that people labelled in an earlier task, which teach the fuser of a new pool beside its own human rows.

A carried row counts `weight` of a human row wherever human rows teach: in the confusions, the stack, the pools, the supervised
view and the students that read texts. It says nothing of how frequent a class is in the new pool, and no figure rests on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mollia.arrays import Classes, Mask, Vector, read_only
from mollia.errors import DataError
from mollia.records import PanelAnswers
from mollia.short_repr import short

STRENGTH = 0.1  # of a new human row that a carried one counts; .3 and 1 were worse on 13 pairs of sets (docs/new-domain.md)
OLD = "carried"  # what stands before the id of a carried row


def row_counts(carried: Vector | None, n: int) -> Vector:
    """Return how much of a row each of n rows counts, (n,): 1, or the weight of a carried one. `carried` (n,) is 0 for the pool's rows."""
    if carried is None:
        return np.ones(n)
    counts: Vector = np.where(carried > 0, carried, 1.0)
    return counts


def own_rows(carried: Vector | None) -> slice | Mask:
    """Return the pool's own rows among those of `carried` (n,), as an index."""
    return slice(None) if carried is None else carried == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedRows:
    """The m labelled rows of an earlier task: answers, class numbers y (m,), weights (m,) above 0, texts (None = without).

    Raises
    ------
    DataError
        When they are not of one length, a label is missing, or a weight is not above 0.
    """

    answers: PanelAnswers
    y: Classes
    weight: Vector
    texts: Sequence[str] | None = None
    source: str = "an earlier task"

    __repr__ = short

    def __post_init__(self) -> None:
        object.__setattr__(self, "y", read_only(self.y, np.int64))
        object.__setattr__(self, "weight", read_only(self.weight, np.float64))
        m = len(self.answers)
        if len(self.y) != m or len(self.weight) != m or (self.texts is not None and len(self.texts) != m):
            raise DataError(f"{m} rows of answers were carried, but {len(self.y)} labels.")
        if ((self.y < 0) | (self.y >= self.answers.n_classes)).any():
            raise DataError("A carried row has no label, or one that is not a class.")
        if not (np.isfinite(self.weight) & (self.weight > 0)).all():
            raise DataError("The weight of a carried row must be a number above 0.")

    def __len__(self) -> int:
        return len(self.answers)

    @property
    def note(self) -> str:
        """A sentence for the person."""
        each = float(self.weight.mean()) if len(self) else 0.0
        return f"Carried: {len(self)} rows that people labelled in {self.source} teach too, each for {each:.2g} of a new one."

    def behind(self, X: PanelAnswers, y: Classes, texts: Sequence[str] | None) -> Joined:
        """Return a pool's rows with the carried ones behind them.

        Raises
        ------
        DataError
            When the carried rows are of other classes, or no LLM answered both.
        """
        old = self._as_answered_by(X)
        n = len(X)
        own_texts = None if texts is None else list(texts)
        if own_texts is not None:
            own_texts += [""] * len(self) if self.texts is None else list(self.texts)
        return Joined(
            answers=PanelAnswers(
                ids=(*X.ids, *(f"{OLD} {number}" for number in range(len(self)))),
                llms=X.llms,
                z=np.concatenate([X.z, old.z]),
                c=np.concatenate([X.c, old.c]),
                asked=np.concatenate([X.asked, old.asked]),
            ),
            y=np.concatenate([y, self.y]),
            texts=own_texts,
            carried=np.concatenate([np.zeros(n), self.weight]),
        )

    def _as_answered_by(self, X: PanelAnswers) -> PanelAnswers:
        """Return the carried rows' answers in the order of a panel's LLMs; one that did not answer them is silent."""
        old = self.answers
        if old.n_classes != X.n_classes:
            raise DataError(
                f"The carried rows are of {old.n_classes} classes, the answers of {X.n_classes}.",
                hint="Carry the rows of a task with the same classes.",
            )
        if not set(old.llms) & set(X.llms):
            raise DataError(
                f"None of the LLMs of the carried rows ({', '.join(old.llms)}) is on this panel ({', '.join(X.llms)}).",
                hint="Carry the rows of a task whose LLMs are on this panel under the same names.",
            )
        if old.llms == X.llms:
            return old
        at = [old.llms.index(llm) if llm in old.llms else -1 for llm in X.llms]
        known = np.array([place >= 0 for place in at])
        z, c = (np.where(known[None, :, None], mass[:, at], 0.0) for mass in (old.z, old.c))
        return replace(old, llms=X.llms, z=z, c=c, asked=old.asked[:, at] & known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A pool's n rows and m carried ones behind them; `carried` (n + m,) is 0 for the first and a weight for the others."""

    answers: PanelAnswers
    y: Classes
    texts: Sequence[str] | None
    carried: Vector
