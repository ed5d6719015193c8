"""What a part must offer to take its place; implementations are found through `registry`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, Protocol, Self, TypeVar, runtime_checkable

import numpy as np

from mollia.arrays import Classes, Floats, Mask, Matrix, Probs, Vector
from mollia.records import Answer, HumanLabels, PanelAnswers, Picked, Probe, Question, Round, Use

B = TypeVar("B")
T = TypeVar("T")
R = TypeVar("R")


class Annotator(Protocol):
    """Asks one LLM; an unanswerable row is an Answer with `problem`, never an exception."""

    @property
    def name(self) -> str:
        """The LLM's name on the panel."""
        ...

    @property
    def live(self) -> bool:
        """Whether asking costs a call; recorded answers cost none and belong to one row each."""
        ...

    @property
    def parallel(self) -> int:
        """How many questions it answers at the same time."""
        ...

    def fingerprint(self) -> str:
        """Return a hash of every setting that can change an answer."""
        ...

    def probe(self, questions: Sequence[Question], /) -> Probe | None:
        """Find out with two questions at most what the LLM can do; None where there is nothing to find out.

        An LLM that cannot be asked is a Probe with `problem`, never an exception.
        """
        ...

    def annotate(self, questions: Iterable[Question], /) -> Iterator[Answer]:
        """Yield one Answer per question, in the order in which they finish.

        Raises
        ------
        AnnotatorError
            When asking on is hopeless (key, model, quota); it says so in one sentence.
        """
        ...

    def close(self) -> None:
        """Release what is held open."""
        ...


@runtime_checkable
class Describing(Protocol):
    """An annotator that has facts for the run's manifest: server, version, where z comes from."""

    def describe(self) -> Mapping[str, object]:
        """Return the facts, as JSON values."""
        ...


@runtime_checkable
class Recalling(Protocol):
    """An annotator that found out by trying how its server wants to be asked, and need not try again."""

    def recall(self, described: Mapping[str, object], /) -> None:
        """Take over what `describe` said in an earlier run."""
        ...


@runtime_checkable
class Joining(Protocol):
    """An annotator that helps another one of equal settings, which has had an answer."""

    def join(self, described: Mapping[str, object], /) -> None:
        """Take over what `describe` of the other said; a refusal is now a row's own failure."""
        ...


class Opens(Protocol):
    """The settings of a panel member, as an engine needs them; they are sent to where the LLM is asked."""

    here: ClassVar[bool]  # whether the model is loaded by the process that asks

    def open(self) -> Annotator:
        """Return the annotator these settings describe."""
        ...


class Engine(Protocol):
    """Where the work of a run is done; the ledger stays with the process that made the engine."""

    def place(self, annotator: Annotator, member: Opens, /) -> Annotator:
        """Return an annotator that asks the same LLM with the same settings, from wherever the engine works."""
        ...

    def map(
        self,
        work: Callable[[T], R],
        batches: Iterable[tuple[B, T]],
        /,
        *,
        helpers: int,
        ordered: bool = True,
        card: bool = False,
    ) -> Iterator[tuple[B, R]]:
        """Yield each batch with what `work` makes of its second part; `helpers` processes are worth it here.

        They come in order; if they need not be `ordered`, an engine may yield first what is finished first.
        `card`: the work uses a graphics card where it finds one.
        """
        ...

    def close(self) -> None:
        """End what the engine has started."""
        ...


class Store(Protocol):
    """Keeps answers, human labels and rounds; an answer is stored before it is used."""

    def add(self, answers: Iterable[Answer], /) -> int:
        """Store answers; return how many were new."""
        ...

    def missing(self, questions: Sequence[Question], /, *, llm: str) -> list[Question]:
        """Return the questions that have no usable answer of `llm` yet."""
        ...

    def answers(self, keys: Sequence[str], /, *, llms: Sequence[str]) -> Iterator[Answer]:
        """Yield the stored answers (failures too) to questions, by question key."""
        ...

    def add_human(self, labels: HumanLabels, /) -> None:
        """Store labels people gave; a newer label for a row replaces the older one."""
        ...

    def human(self, use: Use, /) -> HumanLabels:
        """Return the labels stored for a use."""
        ...

    def add_round(self, round_: Round, /) -> None:
        """Store a finished round."""
        ...

    def rounds(self) -> list[Round]:
        """Return the finished rounds in order."""
        ...


class HasParams(Protocol):
    """scikit-learn's parameter contract."""

    def get_params(self, deep: bool = True) -> dict[str, object]:  # noqa: FBT001, FBT002  # scikit-learn's signature
        """Return the constructor's parameters."""
        ...

    def set_params(self, **params: object) -> Self:
        """Set constructor parameters."""
        ...


class Fuser(HasParams, Protocol):
    """Fuses a panel's answers with human labels into a posterior."""

    classes_: Classes

    def fit(self, X: PanelAnswers, y: Classes, *, texts: Sequence[str] | None = None) -> Self:
        """Learn from answers and class numbers y (n,), -1 = no human label."""
        ...

    def predict_proba(self, X: PanelAnswers, *, texts: Sequence[str] | None = None) -> Probs:
        """Return the posterior (n, K) of rows, seen or new."""
        ...


class Encoder(Protocol):
    """Turns texts into vectors."""

    @property
    def name(self) -> str:
        """A name that changes when the vectors would."""
        ...

    @property
    def dim(self) -> int:
        """The vectors' width d."""
        ...

    def encode(self, texts: Sequence[str], /) -> Matrix:
        """Return finite float32 vectors (n, d); "" is allowed."""
        ...


class Student(HasParams, Protocol):
    """A small text classifier that learns from soft, weighted and negative labels."""

    classes_: Classes

    def fit(
        self,
        X: Sequence[str],
        y: Probs,
        *,
        sample_weight: Vector | None = None,
        negative: Mask | None = None,
        negative_weight: float = 0.0,
    ) -> Self:
        """Learn from texts and soft labels (n, K), from the start weights."""
        ...

    def predict_proba(self, X: Sequence[str]) -> Probs:
        """Return class probabilities (n, K)."""
        ...

    def embed(self, X: Sequence[str]) -> Matrix:
        """Return the vectors (n, d) the query strategies measure distance in."""
        ...


class View(Protocol):
    """What a query strategy may look at: the m unlabelled rows, read-only and lazy.

    A strategy that reads more than `probs`, or less, says so with `about(needs=...)`.
    """

    @property
    def n_classes(self) -> int:
        """K."""
        ...

    @property
    def probs(self) -> Probs:
        """The student's probabilities (m, K)."""
        ...

    @property
    def vectors(self) -> Matrix:
        """The student's vectors (m, d)."""
        ...

    @property
    def labelled_vectors(self) -> Matrix:
        """The vectors (l, d) of rows already picked."""
        ...

    @property
    def passes(self) -> Floats:
        """Probabilities of E perturbed students (E, m, K)."""
        ...

    @property
    def deviations(self) -> Floats:
        """Relative changes (E, m, K) of the student's outputs under E weight noises."""
        ...

    @property
    def panel(self) -> PanelAnswers | None:
        """The panel's answers for the m rows, where they were asked beforehand."""
        ...

    @property
    def fused(self) -> Probs | None:
        """Their fused posterior (m, K), where the panel was asked beforehand."""
        ...

    def __len__(self) -> int:
        """Return m."""
        ...


class QueryStrategy(Protocol):
    """Picks n distinct positions in the view, best first."""

    def __call__(self, view: View, n: int, rng: np.random.Generator, /) -> Picked:
        """Return min(n, len(view)) distinct positions in the view, best first."""
        ...
