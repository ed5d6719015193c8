"""Students of the text view that are told about, taught within a time, and not taught twice."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from mollia.allowed_time import OutOfTime
from mollia.arrays import Classes, Floats, Mask, Matrix, Probs, Vector
from mollia.data.table import Say
from mollia.data.table import quiet as silent
from mollia.encode.cached import Cached
from mollia.fusion.student_view import HALVES, MOST_ROUNDS
from mollia.progress import Progress, quiet
from mollia.protocols import Student
from mollia.version import __version__

DIGITS = 6  # of what is taught, that tell one lesson from another: further ones are rounding
SURE = 10  # steps of a student, and a tenth of them, from which on the time of the others is reckoned


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long teaching may take, where what students said is kept, who hears of it, and how to do without.

    `seconds` None = as long as it takes; `memory` None = nothing is kept.
    """

    seconds: float | None = None
    memory: Path | None = None
    progress: Progress = quiet
    say: Say = silent
    skip: str = 'text_view "tfidf"'


FREE = Terms()


class TimedStudents:
    """Makes the students of a text view (`fusion.student_view`): call it for a new one.

    The first that has to be taught is announced. A student that is taught after the time allowed, or that
    would not be ready in it, raises OutOfTime; so does a round that could not be ended.

    Parameters
    ----------
    kind : str
        The students' registered name.
    make : function of a Progress
        Makes one.
    settings : str
        All that changes what a student says, beside its lessons.
    expected : float
        Seconds that all students may take by what others took.
    """

    def __init__(
        self,
        kind: str,
        make: Callable[[Progress], Student],
        terms: Terms,
        *,
        settings: str = "",
        expected: float = 0.0,
    ) -> None:
        self.kind = kind
        self.make = make
        self.terms = terms
        self.settings = settings
        self.expected = expected
        self._made = 0
        self._begun: list[float] = []  # when each student that was taught began

    def __call__(self) -> RememberedStudent:
        """Return a student that is taught when it is first asked of a text that it is not known to have judged."""
        self._made += 1
        return RememberedStudent(self, self._made - 1)

    def teach(self, number: int, lessons: Lessons) -> Student:
        """Return the `number`-th student, taught.

        Raises
        ------
        OutOfTime
            When the time allowed is over, or would not be enough.
        """
        now = time.monotonic()
        if not self._begun:
            self._announce()
        else:
            self._check(now, ahead=(HALVES - number % HALVES) * (now - self._begun[-1]))
        self._begun.append(now)
        student = self.make(self._told_by(number))
        return student.fit(lessons.texts, lessons.y, **lessons.weights)

    def _told_by(self, number: int) -> Progress:
        stage = f"student {number + 1} of {HALVES * MOST_ROUNDS} at most"
        stages: dict[str, tuple[float, int, int]] = {}  # when each began, at which step, and how far it is

        def show(said: str, done: int, total: int, /) -> None:
            self.terms.progress(f"{stage}: {said}", done, total)
            now = time.monotonic()
            begun, start, last = stages.get(said, (now, done, 0))
            if done <= last:  # the same is done once more, with other texts
                begun, start = now, done
            stages[said] = begun, start, done
            ahead = 0.0
            if start < done < total and done >= SURE and done >= total / SURE:
                each = (now - begun) / (done - start)
                ahead = each * (total - done + total * (HALVES - 1 - number % HALVES))
            self._check(now, ahead=ahead)

        return show

    def _check(self, now: float, *, ahead: float) -> None:
        allowed, used = self.terms.seconds, now - self._begun[0]
        if allowed is None or used + ahead <= allowed:
            return
        needed = f", and {spoken(used + ahead)} would be needed at this pace" if ahead else ""
        why = f"the time allowed is {spoken(allowed)}{needed}"
        self.terms.say(f"No further student is taught: {why}.")
        raise OutOfTime(why)

    def _announce(self) -> None:
        expected = f"about {spoken(self.expected)} on one quiet core, " if self.expected else ""
        allowed = self.terms.seconds
        most = "as long as it takes" if allowed is None else f"{spoken(allowed)} at most"
        self.terms.say(
            f"Now students are taught to read the texts ({self.kind}): {expected}{most}. To do without: {self.terms.skip}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """What a student is taught: n texts, their soft labels (n, K), and what else its `fit` is given."""

    texts: Sequence[str]
    y: Probs
    weights: Mapping[str, Any]

    def digest(self, settings: str) -> str:
        """Return a hash of the lessons and the student's settings."""
        found = hashlib.blake2b(digest_size=16)
        found.update("\0".join([__version__, settings, *self.texts]).encode(errors="surrogatepass"))
        found.update(np.round(self.y, DIGITS).astype(np.float32).tobytes())
        for name, value in sorted(self.weights.items()):
            found.update(name.encode() + np.round(np.asarray(value, np.float64), DIGITS).tobytes())
        return found.hexdigest()


class RememberedStudent:
    """A student (protocol Student) that is taught only if something is asked of it that it has not said before."""

    def __init__(self, by: TimedStudents, number: int) -> None:
        self.kind = by.kind
        self._by = by
        self._number = number
        self._taught: Student | None = None

    def get_params(self, deep: bool = True) -> dict[str, object]:  # noqa: ARG002, FBT001, FBT002  # scikit-learn's signature
        """Return nothing: it is made for one text view."""
        return {}

    def set_params(self, **_params: object) -> Self:
        """Change nothing."""
        return self

    def fit(
        self,
        X: Sequence[str],
        y: Probs,
        *,
        sample_weight: Vector | None = None,
        negative: Mask | None = None,
        negative_weight: float = 0.0,
    ) -> Self:
        """Take the lessons; see `predict_proba`."""
        given = {"sample_weight": sample_weight, "negative": negative, "negative_weight": negative_weight}
        weights = {name: value for name, value in given.items() if value is not None}
        self._lessons = Lessons(texts=X, y=y, weights=weights)
        self.classes_: Classes = np.arange(y.shape[1])
        return self

    def predict_proba(self, X: Sequence[str]) -> Probs:
        """Return class probabilities (n, K), from the memory where they are there; else it is taught, and they are kept.

        Raises
        ------
        OutOfTime
            When it would have to be taught, and the time allowed does not last.
        """
        memory = self._by.terms.memory
        if memory is None:
            return self._student().predict_proba(X)
        said: Probs = Cached(self._as_encoder(), memory).encode(X).astype(np.float64)
        return said

    def embed(self, X: Sequence[str]) -> Matrix:
        """Return the vectors (n, d) of the student, taught for it if it was not."""
        return self._student().embed(X)

    def _student(self) -> Student:
        if self._taught is None:
            self._taught = self._by.teach(self._number, self._lessons)
        return self._taught

    def _as_encoder(self) -> _Word:
        name = f"student {self._lessons.digest(f'{self.kind} {self._by.settings}')}"
        return _Word(name, len(self.classes_), lambda texts: self._student().predict_proba(texts))


class _Word:
    """What a student says, as the vectors of an encoder (protocol Encoder)."""

    def __init__(self, name: str, dim: int, say: Callable[[Sequence[str]], Floats]) -> None:
        self.name = name
        self.dim = dim
        self._say = say

    def encode(self, texts: Sequence[str], /) -> Matrix:
        """Return the class probabilities (n, K)."""
        said: Matrix = np.asarray(self._say(texts), np.float32)
        return said


def spoken(seconds: float) -> str:
    """Return a duration as it is said: 40 seconds, 12 minutes."""
    if seconds < 90:  # noqa: PLR2004  # a minute and a half
        whole = max(1, round(seconds))
        return f"{whole} second{'s' * (whole != 1)}"
    return f"{round(seconds / 60)} minutes"
