"""The panel's answers as arrays, derived again from the raw answers: a better parser costs no question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from mollia.arrays import Floats, Vector
from mollia.errors import DataError
from mollia.records import Answer, PanelAnswers


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
    """The panel's answers, and by LLM what could not be used: unparsed replies and problems by reason."""

    answers: PanelAnswers
    unparsed: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    problems: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    thin: Mapping[str, int] = field(default_factory=dict)  # rows whose labels hold under 5 % of the mass


THIN = 0.05


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
    answer or a failure; a failure leaves zeros.

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
    asked = np.zeros((n, len(keys)), bool)
    unparsed: dict[str, Counter[str]] = {}
    problems: dict[str, Counter[str]] = {}
    thin: dict[str, int] = {}
    for i, (llm, row_keys) in enumerate(keys.items()):
        if len(row_keys) != n:
            raise DataError(f"LLM {llm!r} has {len(row_keys)} question keys for {n} rows.")
        reading = _Reading(names, parse, list(store.answers(row_keys, llms=[llm])))
        # rows that share a key share the answer; -1 = the ledger has none
        at = np.array([reading.at.get(key, -1) for key in row_keys], np.int64)
        asked[:, i] = at >= 0
        z[asked[:, i], i] = reading.z[at[asked[:, i]]]
        c[asked[:, i], i] = reading.c[at[asked[:, i]]]
        unparsed[llm], problems[llm], thin[llm] = reading.unparsed, reading.problems, reading.thin
    return PanelMatrix(
        answers=PanelAnswers(ids=tuple(ids), llms=tuple(keys), z=z, c=c, asked=asked),
        unparsed=unparsed,
        problems=problems,
        thin=thin,
    )


class _Reading:
    """One LLM's answers read: z and c (m, K), and counts of what could not be used."""

    def __init__(self, classes: tuple[tuple[str, ...], ...], parse: Parse, answers: Sequence[Answer]) -> None:
        self._classes = classes
        self._parse = parse
        self._parsed: dict[str, tuple[int, str]] = {}
        self.at = {answer.key: row for row, answer in enumerate(answers)}
        self.unparsed: Counter[str] = Counter()
        self.problems = Counter(a.problem.partition(":")[0] for a in answers if a.problem is not None)
        usable = [(row, answer) for row, answer in enumerate(answers) if answer.problem is None]
        self.z, self.thin = self._label_probabilities(usable, len(answers))
        self.c = self._shares(usable, len(answers))

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

    def _label(self, reply: str) -> int:
        known = self._parsed.get(reply)
        if known is None:
            parsed = self._parse(reply, self._classes)
            known = self._parsed[reply] = (parsed.label, parsed.reason)
        if known[0] < 0:
            self.unparsed[known[1]] += 1
        return known[0]

    def _fitting(self, answer: Answer, values: Vector) -> Vector:
        if values.shape != (len(self._classes),):
            raise DataError(
                f"The ledger's answer of {answer.llm!r} for row {answer.text_id!r} has {values.size} "
                f"probabilities, the task has {len(self._classes)} classes."
            )
        return values
