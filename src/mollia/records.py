"""The values that travel between the parts; frozen, arrays read-only.

n rows, N LLMs, K classes, T samples. Class numbers follow the task's label list, -1 = unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from mollia.arrays import (
    Classes,
    Mask,
    Matrix,
    PanelMass,
    Probs,
    Rows,
    Vector,
    frozen,
    most_probable,
    read_only,
)
from mollia.content import Kind
from mollia.errors import DataError, did_you_mean
from mollia.panel_mass import check_mass
from mollia.short_repr import short
from mollia.strings import kept, positions, taken

Use = Literal["seed", "audit", "review"]


def _freeze(record: object, name: str, dtype: type[np.generic] | None) -> None:
    object.__setattr__(record, name, read_only(getattr(record, name), dtype))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The rows to label: each has an id and a content, a text or a string that stands for it (`mollia.content`).

    `captions` (n,) say what people are shown of rows that hold no text, `vectors` (n, d) came with the data. `gold` (n,) is for benchmarks only, -1 = unknown. `columns` keeps every column of the
    source as read, in its order, so that a written file loses nothing. `source` and
    `places` (n,) say where a row came from (line numbers, 1 = header). `delimiter` is a CSV file's; `notes` say what was left out.
    """

    ids: Sequence[str]
    texts: Sequence[str]
    gold: Classes
    columns: Mapping[str, Sequence[object]] = field(default_factory=dict)
    source: str = ""
    places: Sequence[int] = ()
    delimiter: str | None = None
    notes: tuple[str, ...] = ()
    content: Kind = "text"
    captions: Sequence[str] = ()
    vectors: Matrix | None = None

    __repr__ = short

    def __post_init__(self) -> None:
        _freeze(self, "gold", np.int64)
        if not len(self.ids) == len(self.texts) == len(self.gold):
            raise DataError(
                f"A pool needs as many ids ({len(self.ids)}) as texts ({len(self.texts)}) "
                f"and gold entries ({len(self.gold)}).",
                hint="Use -1 as gold where it is unknown.",
            )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def shown(self) -> Sequence[str]:
        """What a person reads of each row, (n,)."""
        return self.texts if self.content == "text" else self.captions

    def rows_of(self, ids: Iterable[str]) -> Rows:
        """Return where the rows with these ids stand, in the ids' order; a KeyError names one the pool lacks."""
        wanted = tuple(ids)
        rows = positions(self.ids, wanted)
        if (rows < 0).any():
            raise KeyError(wanted[int((rows < 0).argmax())])
        return rows

    def ids_of(self, rows: Rows) -> tuple[str, ...]:
        """Return the ids of rows."""
        return tuple(taken(self.ids, rows))

    def texts_of(self, rows: Rows) -> list[str]:
        """Return the texts of rows."""
        return list(taken(self.texts, rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What an LLM is shown; `image` is a reference (`mollia.content`), "" = none."""

    system: str
    user: str
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One text put to the panel; `key` hashes all of the question that can change the answer.

    A question whose prompt has an empty `user` part is about an empty text: it costs no call.
    `notes` say what was done to the text (cut, control strings neutralised).
    """

    key: str
    text_id: str
    prompt: Prompt
    classes: tuple[tuple[str, ...], ...]  # K x names that count for the class, first = canonical
    samples: int  # T
    temperature: float = 0.7
    top_p: float = 0.9
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one LLM said to one question; a failure is an Answer with `problem`.

    `label_logprobs` (K,) may hold -inf for "no mass" and NaN for "not seen"; `unseen_mass` is
    what the K labels leave of 1. `votes` (K,) stands in for `replies` where only the shares
    were recorded.
    """

    key: str
    text_id: str
    llm: str
    replies: tuple[str, ...] = ()
    label_logprobs: Vector | None = None  # (K,)
    votes: Vector | None = None  # (K,)
    unseen_mass: float = 0.0
    prompt_tokens: int = 0
    reply_tokens: int = 0
    seconds: float = 0.0
    calls: int = 0  # requests it took, retries included
    problem: str | None = None


STOPPED = "stopped"  # the kind of problem with which an LLM is given up; the sentence follows
QUOTA = "quota used up"  # the same, until the quota is renewed


def kind_of(problem: str) -> str:
    """Return the kind of an answer's problem: what stands before the colon; all of it where an LLM was given up."""
    return problem if gave_up(problem) else problem.partition(":")[0]


def gave_up(problem: str) -> bool:
    """Tell whether an answer's problem is not the row's but that the LLM was given up, or left for its quota."""
    return problem.startswith((f"{STOPPED}: ", f"{QUOTA}: "))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What a file holds of one LLM's answers, by text id (n,); None = nothing of the sort, or not for this row."""

    ids: Sequence[str]
    replies: Sequence[Sequence[str] | None] | None = None
    probs: Sequence[Sequence[float] | None] | None = None
    votes: Sequence[Sequence[float] | None] | None = None


UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What an LLM can do; `problem` and `hint` say what stands in the way, `notes` what to know."""

    llm: str
    address: str = ""
    reachable: bool = False
    server: str = ""
    version: str = ""
    label_probabilities: str = ""  # where they come from
    alternatives: int = 0  # how many tokens a position lists
    masks: str = UNKNOWN  # whether log-probabilities are taken before or after temperature and top_p
    token_form: str = UNKNOWN
    repeatable: bool | None = None
    context: int | None = None
    reads_shared_prompt_once: bool | None = None
    tokens_per_second: float | None = None
    seconds_per_text: float = 0.0
    problem: str = ""
    hint: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelAnswers:
    """The answers of N LLMs to n texts.

    z (n, N, K): label probabilities, c (n, N, K): vote shares; rows over K sum to at most 1
    and are all zero where there is nothing usable. asked (n, N): whether the LLM was asked.
    `[rows]` and `.subpanel(llms)` select.

    Raises
    ------
    DataError
        On shapes that do not fit, negative or non-finite mass, or rows that sum to over 1.
    """

    ids: Sequence[str]
    llms: tuple[str, ...]
    z: PanelMass
    c: PanelMass
    asked: Mask = field(default_factory=lambda: np.ones((0, 0), np.bool_))  # (0, 0): everyone

    __repr__ = short

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", kept(self.ids))
        object.__setattr__(self, "llms", tuple(self.llms))
        _freeze(self, "z", None)
        _freeze(self, "c", None)
        n, n_llms = len(self.ids), len(self.llms)
        if self.asked.shape == (0, 0):
            object.__setattr__(self, "asked", np.ones((n, n_llms), bool))
        _freeze(self, "asked", np.bool_)
        for name in ("z", "c"):
            check_mass(name, getattr(self, name), self.ids, self.llms)
        if self.z.shape != self.c.shape or self.asked.shape != (n, n_llms):
            raise DataError(
                f"z {self.z.shape} and c {self.c.shape} must both be (n, N, K), "
                f"asked {self.asked.shape} must be (n, N) = {(n, n_llms)}.",
                hint="Without label probabilities, give zeros as z; without votes, zeros as c.",
            )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def n_classes(self) -> int:
        """K."""
        return int(self.z.shape[2])

    def __getitem__(self, rows: Rows | Mask | slice) -> PanelAnswers:
        """Return the answers for some rows (positions, a mask or a slice)."""
        ids = self.ids[rows] if isinstance(rows, slice) else taken(self.ids, np.arange(len(self))[rows])
        z, c = frozen(self.z[rows]), frozen(self.c[rows])
        return replace(self, ids=ids, z=z, c=c, asked=frozen(self.asked[rows]))

    def subpanel(self, llms: Sequence[str]) -> PanelAnswers:
        """Return the answers of some LLMs, in the order given."""
        for name in llms:
            if name not in self.llms:
                raise DataError(
                    f"The panel has no LLM {name!r}.{did_you_mean(name, self.llms)}",
                    hint=f"Its LLMs are: {', '.join(self.llms)}.",
                )
        columns = [self.llms.index(name) for name in llms]
        z, c = frozen(self.z[:, columns]), frozen(self.c[:, columns])
        return replace(self, llms=tuple(llms), z=z, c=c, asked=frozen(self.asked[:, columns]))


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanLabels:
    """Labels people gave; `chance` (m,) is each row's inclusion probability, NaN = unknown.

    `batch` (m,) numbers the draw in which a row came, in order; a row that was picked by a rule has the number of
    the last draw before it. `size` (m,) is how many rows that draw had, 0 = unknown. Left out, both are 0.
    """

    ids: tuple[str, ...]
    y: Classes
    chance: Vector
    use: Use = "seed"
    batch: Rows = field(default_factory=lambda: np.zeros(0, np.int64))
    size: Rows = field(default_factory=lambda: np.zeros(0, np.int64))

    __repr__ = short

    def __post_init__(self) -> None:
        _freeze(self, "y", np.int64)
        _freeze(self, "chance", np.float64)
        for name in ("batch", "size"):
            if not len(getattr(self, name)):
                object.__setattr__(self, name, np.zeros(len(self.ids), np.int64))
            _freeze(self, name, np.int64)

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def none(cls, use: Use = "seed") -> HumanLabels:
        """Return no label at all."""
        return cls.of({}, use=use)

    @classmethod
    def of(
        cls, y: Mapping[str, int], *, chance: Mapping[str, float] | None = None, use: Use = "seed"
    ) -> HumanLabels:
        """Return labels from class numbers by id; a chance that is not given is unknown."""
        known = chance or {}
        of_row = np.array([known.get(id_, np.nan) for id_ in y], np.float64)
        return cls(ids=tuple(y), y=np.array([*y.values()], np.int64), chance=of_row, use=use)

    @classmethod
    def joined(cls, labels: Iterable[HumanLabels]) -> HumanLabels:
        """Return several labellings as one with a label per row: the later word stands, the first draw stays."""
        y: dict[str, int] = {}
        drawn: dict[str, tuple[float, int, int]] = {}
        for each in labels:
            y |= zip(each.ids, each.y.tolist(), strict=True)
            draws = zip(each.chance.tolist(), each.batch.tolist(), each.size.tolist(), strict=True)
            drawn = dict(zip(each.ids, draws, strict=True)) | drawn
        found = np.array([drawn[id_] for id_ in y], np.float64).reshape(-1, 3)
        batch, size = found[:, 1:].T.astype(np.int64)
        y_of = np.array([*y.values()], np.int64)
        return cls(ids=tuple(y), y=y_of, chance=found[:, 0], batch=batch, size=size)

    def some(self, rows: Rows) -> HumanLabels:
        """Return the labels at some positions."""
        columns = {name: getattr(self, name)[rows] for name in ("y", "chance", "batch", "size")}
        return replace(self, ids=tuple(self.ids[row] for row in rows.tolist()), **columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fused:
    """The fused labels of n rows.

    posterior (n, K), negative (n, K) is Y-, human (n,) marks rows a person labelled.
    `calibrated` is False when the confidence was not checked against human labels; `notes`
    are sentences for the person (fall-backs, warnings); `by_students` tells that students read the texts.
    """

    posterior: Probs
    negative: Mask
    human: Mask
    method: str
    calibrated: bool
    notes: tuple[str, ...] = ()
    by_students: bool = False

    __repr__ = short

    def __post_init__(self) -> None:
        _freeze(self, "posterior", None)
        _freeze(self, "negative", np.bool_)
        _freeze(self, "human", np.bool_)

    @property
    def label(self) -> Classes:
        """y+: the posterior's argmax, (n,)."""
        return most_probable(self.posterior)

    @property
    def confidence(self) -> Vector:
        """The posterior's maximum, (n,)."""
        confidence: Vector = self.posterior.max(1)
        return confidence

    @property
    def negative_share(self) -> float:
        """The expected share of rows whose true class is in Y-, by the posterior; NaN where uncalibrated."""
        open_rows = ~self.human
        if not self.calibrated or not open_rows.any():
            return float("nan")
        return float((self.posterior * self.negative)[open_rows].sum(1).mean())


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRows:
    """What the student learns from; positions in the pool."""

    rows: Rows  # (m,)
    y: Probs  # (m, K) soft
    weight: Vector  # (m,)
    negative: Mask  # (m, K)
    negative_weight: float  # lambda


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """Distinct positions in a view, best first."""

    rows: Rows
    scores: Vector | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One finished round of the loop, as stored."""

    number: int
    asked: tuple[str, ...]  # ids the strategy picked in this round
    alpha: float
    lambda_: float
    discrepant: tuple[str, ...] = ()  # those of them where the student and y+ differed
    seconds: float = 0.0
    scores: Mapping[str, float] = field(default_factory=dict)  # learning-curve figures by name
