"""The panel's answers as arrays, derived anew from the raw answers: a better parser costs no question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from mollia.arrays import Vector
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
class Panel:
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
) -> Panel:
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
        reading = _Reading(names, parse)
        found = {answer.key: reading.read(answer) for answer in store.answers(row_keys, llms=[llm])}
        for row, key in enumerate(row_keys):  # rows that share a key share the answer
            if key in found:
                asked[row, i] = True
                z[row, i], c[row, i] = found[key]
        unparsed[llm], problems[llm], thin[llm] = reading.unparsed, reading.problems, reading.thin
    return Panel(
        answers=PanelAnswers(ids=tuple(ids), llms=tuple(keys), z=z, c=c, asked=asked),
        unparsed=unparsed,
        problems=problems,
        thin=thin,
    )


class _Reading:
    """Reads one LLM's answers and counts what it could not use."""

    def __init__(self, classes: tuple[tuple[str, ...], ...], parse: Parse) -> None:
        self._classes = classes
        self._parse = parse
        self._parsed: dict[str, tuple[int, str]] = {}
        self._nothing = np.zeros(len(classes))
        self.unparsed: Counter[str] = Counter()
        self.problems: Counter[str] = Counter()
        self.thin = 0

    def read(self, answer: Answer) -> tuple[Vector, Vector]:
        if answer.problem is not None:
            self.problems[answer.problem.partition(":")[0]] += 1
            return self._nothing, self._nothing
        return self._z(answer), self._c(answer)

    def _z(self, answer: Answer) -> Vector:
        if answer.label_logprobs is None:
            return self._nothing
        self._fits(answer, answer.label_logprobs)
        mass: Vector = np.exp(
            np.nan_to_num(answer.label_logprobs, nan=-np.inf, posinf=np.inf, neginf=-np.inf)
        )
        total = mass.sum()
        self.thin += bool(total < THIN)
        return mass / total if total > 1 else mass

    def _c(self, answer: Answer) -> Vector:
        if not answer.replies:
            if answer.votes is None:
                return self._nothing
            self._fits(answer, answer.votes)
            return answer.votes
        shares = np.zeros(len(self._classes))
        for reply in answer.replies:
            label = self._label(reply)
            if label >= 0:
                shares[label] += 1
        return shares / len(answer.replies)

    def _label(self, reply: str) -> int:
        known = self._parsed.get(reply)
        if known is None:
            parsed = self._parse(reply, self._classes)
            known = self._parsed[reply] = (parsed.label, parsed.reason)
        if known[0] < 0:
            self.unparsed[known[1]] += 1
        return known[0]

    def _fits(self, answer: Answer, values: Vector) -> None:
        if values.shape != (len(self._classes),):
            raise DataError(
                f"The ledger's answer of {answer.llm!r} for row {answer.text_id!r} has {values.size} "
                f"probabilities, the task has {len(self._classes)} classes."
            )
