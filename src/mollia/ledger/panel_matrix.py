"""The panel's answers as arrays, derived again from the raw answers: a better parser costs no question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from mollia.arrays import Floats, Mask, Vector
from mollia.errors import DataError
from mollia.records import QUOTA, STOPPED, Answer, PanelAnswers, gave_up, kind_of


class Parsed(Protocol):
    """What a parser makes of one reply."""

    @property
    def label(self) -> int:
        """The class number, -1 = none."""
        ...

    @property
    def reason(self) -> str:
        """Why there is none, "" where there is one."""
        ...


Parse = Callable[[str, Sequence[Sequence[str]]], Parsed]


class Readable(Protocol):
    """The part of `Store` that is read here."""

    def answers(self, keys: Sequence[str], /, *, llms: Sequence[str]) -> Iterator[Answer]:
        """Yield the stored answers to questions, by question key."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelMatrix:
    """The panel's answers, and by LLM what could not be used: unparsed replies and problems by reason.

    `stopped` says of LLMs that were given up why, `paused` of those whose quota is used up, `failed` gives one of the others' failures in full, with the server's
    words. `unnamed` counts the replies that name none of the classes, and `names_none` (n, N) marks the answers that
    consist of them.
    """

    answers: PanelAnswers
    unparsed: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    problems: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    thin: Mapping[str, int] = field(default_factory=dict)  # rows whose labels hold under 5 % of the mass
    stopped: Mapping[str, str] = field(default_factory=dict)
    paused: Mapping[str, str] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    unnamed: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    names_none: Mask = field(default_factory=lambda: np.zeros((0, 0), np.bool_))


THIN = 0.05
UNNAMED = "unknown"  # why a parser found no class in a reply: it names something else
SHOWN = 60  # characters of such a reply


def panel_matrix(
    store: Readable,
    keys: Mapping[str, Sequence[str]],
    ids: Sequence[str],
    classes: Sequence[Sequence[str]],
    *,
    parse: Parse,
) -> PanelMatrix:
    """Derive z and c, both (n, N, K), from the stored answers.

    z_i = exp(label_logprobs), "not seen" (NaN) without mass, divided by its sum where that
    exceeds 1. c_i = the share of the T replies that `parse` reads as each class; unparsed ones
    count for none, so rows may sum to less than 1. `asked` is true where the ledger holds an
    answer or a failure of the row; a failure leaves zeros.

    Parameters
    ----------
    keys : mapping from LLM to n question keys
        As `annotate.ask_panel.panel_keys` gives them, in the order of `ids`.
    classes : K sequences of names
        First the canonical one, then aliases.

    Raises
    ------
    DataError
        When the numbers of keys, ids or stored probabilities do not fit.
    """
    n, k = len(ids), len(classes)
    names = tuple(tuple(name) for name in classes)
    z, c = np.zeros((n, len(keys), k)), np.zeros((n, len(keys), k))
    asked, names_none = np.zeros((n, len(keys)), bool), np.zeros((n, len(keys)), bool)
    readings: dict[str, _Reading] = {}
    for i, (llm, row_keys) in enumerate(keys.items()):
        if len(row_keys) != n:
            raise DataError(f"LLM {llm!r} has {len(row_keys)} question keys for {n} rows.")
        readings[llm] = reading = _Reading(names, parse, list(store.answers(row_keys, llms=[llm])))
        # rows that share a key share the answer; -1 = the ledger has none
        at = np.array([reading.at.get(key, -1) for key in row_keys], np.int64)
        asked[:, i] = at >= 0
        z[asked[:, i], i] = reading.z[at[asked[:, i]]]
        c[asked[:, i], i] = reading.c[at[asked[:, i]]]
        names_none[asked[:, i], i] = reading.names_none[at[asked[:, i]]]
    return PanelMatrix(
        answers=PanelAnswers(ids=tuple(ids), llms=tuple(keys), z=z, c=c, asked=asked),
        unparsed={llm: each.unparsed for llm, each in readings.items()},
        problems={llm: each.problems for llm, each in readings.items()},
        thin={llm: each.thin for llm, each in readings.items()},
        stopped={llm: each.told[STOPPED] for llm, each in readings.items() if STOPPED in each.told},
        paused={llm: each.told[QUOTA] for llm, each in readings.items() if QUOTA in each.told},
        failed={llm: each.failed for llm, each in readings.items() if each.failed},
        unnamed={llm: each.unnamed for llm, each in readings.items()},
        names_none=names_none,
    )


class _Reading:
    """One LLM's answers read: z and c (m, K), and counts of what could not be used."""

    def __init__(self, classes: tuple[tuple[str, ...], ...], parse: Parse, answers: Sequence[Answer]) -> None:
        self._classes = classes
        self._parse = parse
        self._parsed: dict[str, tuple[int, str]] = {}
        # A question at which the LLM was given up counts as not asked: the failure is not the row's.
        self.at = {answer.key: row for row, answer in enumerate(answers) if not gave_up(answer.problem or "")}
        self.unparsed: Counter[str] = Counter()
        self.unnamed: Counter[str] = Counter()
        problems = Counter(answer.problem for answer in answers if answer.problem is not None)
        self.problems = Counter(kind_of(problem) for problem in problems.elements())
        self.told = dict(each.split(": ", 1) for each in problems if gave_up(each))
        self.failed = next((each for each, _ in problems.most_common() if not gave_up(each)), "")
        usable = [(row, answer) for row, answer in enumerate(answers) if answer.problem is None]
        self.z, self.thin = self._label_probabilities(usable, len(answers))
        self.c = self._shares(usable, len(answers))
        self.names_none = self._names_none(usable, len(answers))

    def _label_probabilities(self, usable: Sequence[tuple[int, Answer]], m: int) -> tuple[Floats, int]:
        logprobs = np.full((m, len(self._classes)), np.nan)
        scored = np.zeros(m, bool)
        for row, answer in usable:
            if answer.label_logprobs is not None:
                logprobs[row] = self._fitting(answer, answer.label_logprobs)
                scored[row] = True
        z = np.exp(np.where(np.isnan(logprobs), -np.inf, logprobs))  # (m, K)
        total = z.sum(1, keepdims=True)
        return z / np.maximum(total, 1.0), int((scored & (total[:, 0] < THIN)).sum())

    def _shares(self, usable: Sequence[tuple[int, Answer]], m: int) -> Floats:
        c = np.zeros((m, len(self._classes)))
        rows: list[int] = []
        labels: list[int] = []
        weights: list[float] = []
        for row, answer in usable:
            if not answer.replies and answer.votes is not None:
                c[row] = self._fitting(answer, answer.votes)
            for reply in answer.replies:
                label = self._label(reply)
                if label >= 0:
                    rows.append(row)
                    labels.append(label)
                    weights.append(1 / len(answer.replies))
        np.add.at(c, (rows, labels), weights)
        return np.minimum(c, 1.0)  # T times 1/T may round to a hair over 1

    def _names_none(self, usable: Sequence[tuple[int, Answer]], m: int) -> Mask:
        """Return the answers (m,) that hold no mass on a class because most of their replies name something else."""
        out = np.zeros(m, bool)
        silent = (self.c.sum(1) == 0) & (self.z.sum(1) == 0)
        for row, answer in usable:
            if silent[row] and answer.replies:
                reasons = [self._parsed[reply][1] for reply in answer.replies]
                out[row] = 2 * reasons.count(UNNAMED) >= len(reasons)
        return out

    def _label(self, reply: str) -> int:
        known = self._parsed.get(reply)
        if known is None:
            parsed = self._parse(reply, self._classes)
            known = self._parsed[reply] = (parsed.label, parsed.reason)
        if known[0] < 0:
            self.unparsed[known[1]] += 1
            if known[1] == UNNAMED:
                self.unnamed[" ".join(reply.split())[:SHOWN]] += 1
        return known[0]

    def _fitting(self, answer: Answer, values: Vector) -> Vector:
        if values.shape != (len(self._classes),):
            raise DataError(
                f"The ledger's answer of {answer.llm!r} for row {answer.text_id!r} has {values.size} "
                f"probabilities, the task has {len(self._classes)} classes."
            )
        return values
