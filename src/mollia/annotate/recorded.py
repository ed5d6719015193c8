"""Answers that were recorded earlier, as a panel member like any other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from mollia.arrays import Vector
from mollia.errors import DataError
from mollia.records import ROUNDING, Answer, Question

NOT_RECORDED = "not recorded"
SAME = 1e-6  # masses closer than this are equal


class RecordedAnnotator:
    """Gives the answers a file holds, by text id; rows it does not hold are problems.

    Where raw replies exist they are read anew and `votes` is not used: on the recorded panels
    our parser is nowhere worse than the recorded shares, and up to 1.6 points better.

    Parameters
    ----------
    name : str
        The LLM's name.
    ids : n text ids
    replies : n lists of raw replies, None = none
    probs : n lists of K masses, None = none
        Made a sub-distribution as `sub_distribution` says.
    votes : n lists of K shares, None = none

    Raises
    ------
    DataError
        When an id occurs twice, lengths differ, or a mass is negative or no number.
    """

    live = False

    def __init__(
        self,
        name: str,
        ids: Sequence[str],
        *,
        replies: Sequence[Sequence[str] | None] | None = None,
        probs: Sequence[Sequence[float] | None] | None = None,
        votes: Sequence[Sequence[float] | None] | None = None,
    ) -> None:
        self.name = name
        self._row = {text_id: row for row, text_id in enumerate(ids)}
        if len(self._row) < len(ids):
            twice = next(text_id for row, text_id in enumerate(ids) if self._row[text_id] != row)
            raise DataError(f"The recorded answers of {name!r} have the id {twice!r} twice.")
        for what, column in (("replies", replies), ("probs", probs), ("votes", votes)):
            if column is not None and len(column) != len(ids):
                raise DataError(f"{name!r} has {len(column)} rows of {what} for {len(ids)} ids.")
        self._replies = [() if r is None else tuple(r) for r in replies] if replies is not None else None
        self._probs = None if probs is None else [self._checked(r, ids[i]) for i, r in enumerate(probs)]
        self._votes = None if votes is None else [self._checked(r, ids[i]) for i, r in enumerate(votes)]

    def _checked(self, row: Sequence[float] | None, text_id: str) -> Vector | None:
        if row is None:
            return None
        values: Vector = np.asarray(row, np.float64)
        if values.ndim != 1 or not np.isfinite(values).all() or (values < 0).any():
            raise DataError(
                f"The recorded masses of {self.name!r} for row {text_id!r} are negative or no numbers: {row}."
            )
        return values

    def fingerprint(self) -> str:
        """Return a hash of the recorded content."""
        content = hashlib.blake2b(digest_size=16)
        content.update(json.dumps([list(self._row), self._replies]).encode())
        for column in (self._probs, self._votes):
            for row in column or ():
                content.update(b"-" if row is None else row.tobytes())
            content.update(b"|")
        return content.hexdigest()

    def annotate(self, questions: Iterable[Question], /) -> Iterator[Answer]:
        """Yield the recorded answers in the questions' order."""
        return map(self._answer, questions)

    def _answer(self, question: Question) -> Answer:
        row = self._row.get(question.text_id)
        replies = self._replies[row] if self._replies is not None and row is not None else ()
        probs = self._probs[row] if self._probs is not None and row is not None else None
        votes = self._votes[row] if self._votes is not None and row is not None else None
        for values in (probs, votes):
            if values is not None and len(values) != len(question.classes):
                raise DataError(
                    f"The recorded answer of {self.name!r} for row {question.text_id!r} has {len(values)} "
                    f"masses, the task has {len(question.classes)} classes."
                )
        z = None if probs is None else sub_distribution(probs)
        shares = None if replies or votes is None else sub_distribution(votes, informed=False)
        if not replies and z is None and shares is None:
            return Answer(key=question.key, text_id=question.text_id, llm=self.name, problem=NOT_RECORDED)
        with np.errstate(divide="ignore"):
            logprobs: Vector | None = None if z is None else np.log(z)
        return Answer(
            key=question.key,
            text_id=question.text_id,
            llm=self.name,
            replies=replies,
            label_logprobs=logprobs,
            votes=shares,
            unseen_mass=0.0 if z is None else max(0.0, 1.0 - float(z.sum())),
        )

    def close(self) -> None:
        """Nothing is held open."""


def sub_distribution(mass: Vector, *, informed: bool = True) -> Vector | None:
    """Return masses (K,) that sum to at most 1, or None where they say nothing.

    METHOD section 7: the published z credits a token to every class it fits, so rows sum to
    up to K. Such a row is divided by its sum, but says nothing (if it should be `informed`)
    where most of it is mass that all classes share: an empty token, credited to each of them.
    """
    total = float(mass.sum())
    shared = float(mass.min()) * len(mass)
    if informed and (total <= 0 or (total > 1 + ROUNDING and shared > total / 2)):
        return None
    if informed and len(mass) > 1 and float(np.ptp(mass)) < SAME:
        return None
    return mass / total if total > 1 + ROUNDING else mass
