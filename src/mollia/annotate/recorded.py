"""Answers that were recorded earlier, as a panel member like any other."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, Protocol, Self, runtime_checkable

import numpy as np

from mollia.arrays import Floats, Mask, Vector
from mollia.errors import DataError
from mollia.panel_mass import ROUNDING
from mollia.protocols import Annotator
from mollia.records import Answer, Question, Recording
from mollia.settings import FromFolder, PanelMember, ReadRecording

NOT_RECORDED = "not recorded"
SAME = 1e-6  # masses closer than this are equal


@runtime_checkable
class Listed(Protocol):
    """Masses that lie in one array already."""

    @property
    def values(self) -> Floats:
        """The masses (n, K), NaN where there are none."""
        ...


class RecordedAnnotator:
    """Gives the answers a file holds, by text id; rows it does not hold are problems.

    Where raw replies exist they are read again and `votes` is not used: on the recorded panels
    our parser is nowhere worse than the recorded shares, and up to 1.6 points better.

    Parameters
    ----------
    name : str
        The LLM's name.
    ids : n text ids
    replies : n lists of raw replies, None = none
    probs : n lists of K masses, None = none
        Made a sub-distribution as `sub_distributions` says.
    votes : n lists of K shares, None = none

    Raises
    ------
    DataError
        When an id occurs twice, lengths differ, or a mass is negative or no number.
    """

    live = False
    parallel = 1

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
        self._z = self._masses(probs, ids, informed=True)
        self._votes = self._masses(votes, ids, informed=False)

    def _masses(
        self, rows: Sequence[Sequence[float] | None] | Listed | None, ids: Sequence[str], *, informed: bool
    ) -> Floats | None:
        """Return sub-distributions (n, K), NaN where nothing was recorded; None without a record."""
        if isinstance(rows, Listed):
            values = np.asarray(rows.values, np.float64)
            recorded = ~np.isnan(values[:, 0])
            return self._checked(values, recorded, ids, informed=informed) if recorded.any() else None
        k = max((len(row) for row in rows or () if row is not None), default=0)
        if rows is None or not k:
            return None
        nothing = [math.nan] * k
        for text_id, row in zip(ids, rows, strict=True):
            if row is not None and len(row) != k:
                raise DataError(
                    f"The recorded masses of {self.name!r} for row {text_id!r} are {len(row)}, others {k}."
                )
        values = np.array([nothing if row is None else row for row in rows], np.float64).reshape(len(rows), k)
        recorded = np.array([row is not None for row in rows], bool)
        return self._checked(values, recorded, ids, informed=informed)

    def _checked(self, values: Floats, recorded: Mask, ids: Sequence[str], *, informed: bool) -> Floats:
        bad = recorded & ~((values >= 0) & np.isfinite(values)).all(1)
        if bad.any():
            first = int(bad.argmax())
            raise DataError(
                f"The recorded masses of {self.name!r} for row {ids[first]!r} are negative or no numbers: "
                f"{values[first].tolist()}."
            )
        return sub_distributions(values, informed=informed)

    def fingerprint(self) -> str:
        """Return a hash of the recorded content."""
        content = hashlib.blake2b(digest_size=16)
        content.update(json.dumps([list(self._row), self._replies]).encode())
        for column in (self._z, self._votes):
            content.update(b"-" if column is None else column.tobytes())
        return content.hexdigest()

    def probe(self, _questions: Sequence[Question], /) -> None:
        """Recorded answers need no look."""

    def annotate(self, questions: Iterable[Question], /) -> Iterator[Answer]:
        """Yield the recorded answers in the questions' order."""
        z, votes = self._z, self._votes
        with np.errstate(divide="ignore"):
            logprobs = None if z is None else np.log(z)
        unseen = None if z is None else np.maximum(0.0, 1.0 - z.sum(1))
        for question in questions:
            row = self._row.get(question.text_id, -1)
            replies = self._replies[row] if self._replies is not None and row >= 0 else ()
            scored = logprobs is not None and row >= 0 and not math.isnan(logprobs[row, 0])
            voted = votes is not None and row >= 0 and not replies and not math.isnan(votes[row, 0])
            yield Answer(
                key=question.key,
                text_id=question.text_id,
                llm=self.name,
                replies=replies,
                label_logprobs=self._fitting(logprobs[row], question)
                if scored and logprobs is not None
                else None,
                votes=self._fitting(votes[row], question) if voted and votes is not None else None,
                unseen_mass=float(unseen[row]) if scored and unseen is not None else 0.0,
                problem=None if replies or scored or voted else NOT_RECORDED,
            )

    def _fitting(self, values: Vector, question: Question) -> Vector:
        if len(values) != len(question.classes):
            raise DataError(
                f"The recorded answers of {self.name!r} have {len(values)} masses a row, "
                f"the task has {len(question.classes)} classes."
            )
        return values

    def close(self) -> None:
        """Nothing is held open."""


class RecordedMember(PanelMember):
    """`[[panel]]` of kind "recorded": answers in a file; `llm` is its name there, if other than `name`."""

    kind: Literal["recorded"]
    """How it is asked."""
    path: FromFolder
    """The file with the answers."""
    llm: str | None = None
    """Its name in that file, if other than `name`."""

    @property
    def reads(self) -> frozenset[str]:
        """Anything: the answers are there already."""
        return frozenset({"text", "image", "audio", "nothing"})

    @property
    def column(self) -> str:
        """The LLM's name in the file."""
        return self.llm or self.name

    @classmethod
    def open_all(cls, members: Sequence[Self], read: ReadRecording, /) -> list[Annotator]:
        """Return an annotator for each member; a file is read once for all of them."""
        columns: dict[Path, dict[str, None]] = {}
        for member in members:
            columns.setdefault(member.path, {})[member.column] = None
        held = {path: read(path, tuple(named)) for path, named in columns.items()}
        return [recorded_annotator(each.name, held[each.path][each.column]) for each in members]


def recorded_annotator(name: str, recording: Recording) -> RecordedAnnotator:
    """Return one LLM's recorded answers as an annotator."""
    return RecordedAnnotator(
        name, recording.ids, replies=recording.replies, probs=recording.probs, votes=recording.votes
    )


def sub_distributions(mass: Floats, *, informed: bool) -> Floats:
    """Make masses (n, K) sum to at most 1; a row that says nothing becomes NaN.

    docs/method.md, section 7: the published z credits a token to every class it fits, so rows sum to
    up to K. Such a row is divided by its sum. If rows should be `informed`, one without mass,
    with the same mass on all classes, or with most of its surplus mass shared by all of them
    (an empty token, credited to each) says nothing.
    """
    total = mass.sum(1, keepdims=True)  # (n, 1)
    over = total > 1 + ROUNDING
    out: Floats = mass / np.where(over, total, 1.0)
    if informed and mass.shape[1] > 1:
        low = mass.min(1, keepdims=True)
        nothing = (mass.max(1, keepdims=True) - low < SAME) | (over & (low * mass.shape[1] > total / 2))
        out[nothing[:, 0]] = np.nan
    return out
