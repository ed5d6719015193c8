"""The panel's answers as arrays, derived again from the raw answers: a better parser costs no question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from mollia.arrays import Mask, Rows, at_rest
from mollia.errors import DataError
from mollia.ledger.reading import Cells, Parse, Reading
from mollia.records import QUOTA, STOPPED, PanelAnswers
from mollia.short_repr import short

BY_LLM = ("unparsed", "problems", "thin", "stopped", "paused", "failed", "unnamed")  # fields of PanelMatrix


class Readable(Protocol):
    """The part of the ledger that is read here."""

    @property
    def path(self) -> Path:
        """Its file."""
        ...

    def cells(self, keys: Sequence[str], /, *, llm: str) -> Iterator[tuple[Sequence[str], list[Cells]]]:
        """Yield some of the keys, and the rows of the ledger that answer them, until all keys have come."""
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

    __repr__ = short


def without_llms(read: PanelMatrix, llms: Sequence[str]) -> PanelMatrix:
    """Return the answers of all other LLMs, with what could not be used of theirs."""
    kept = [llm for llm in read.answers.llms if llm not in llms]
    columns = [read.answers.llms.index(llm) for llm in kept]
    by_llm = {
        name: {llm: each for llm, each in getattr(read, name).items() if llm not in llms} for name in BY_LLM
    }
    return replace(
        read,
        answers=read.answers.subpanel(kept),
        names_none=read.names_none[:, columns],
        **by_llm,
    )


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
        As `annotate.question_keys.panel_keys` gives them, in the order of `ids`.
    classes : K sequences of names
        First the canonical one, then aliases.

    Raises
    ------
    DataError
        When the numbers of keys, ids or stored probabilities do not fit.
    """
    n, k = len(ids), len(classes)
    names = tuple(tuple(name) for name in classes)
    z, c = (np.zeros((n, len(keys), k), at_rest(n)) for _ in range(2))
    asked, names_none = np.zeros((n, len(keys)), bool), np.zeros((n, len(keys)), bool)
    readings: dict[str, Reading] = {}
    for i, (llm, row_keys) in enumerate(keys.items()):
        if len(row_keys) != n:
            raise DataError(f"LLM {llm!r} has {len(row_keys)} question keys for {n} rows.")
        distinct = row_keys if len(set(row_keys)) == n else list(dict.fromkeys(row_keys))
        readings[llm] = reading = Reading(store.path, llm, names, parse, len(distinct))
        _read(reading, store, llm, distinct)
        at: Rows | slice = slice(None)
        if len(distinct) < n:  # rows that share a key share the answer
            number = {key: row for row, key in enumerate(distinct)}
            at = np.array([number[key] for key in row_keys], np.int64)
        asked[:, i], names_none[:, i] = reading.asked[at], reading.names_none[at]
        z[:, i], c[:, i] = reading.z[at], reading.c[at]
        reading.forget()
    return PanelMatrix(
        answers=PanelAnswers(ids=ids, llms=tuple(keys), z=z, c=c, asked=asked),
        unparsed={llm: each.unparsed for llm, each in readings.items()},
        problems={llm: each.problems for llm, each in readings.items()},
        thin={llm: each.thin for llm, each in readings.items()},
        stopped={llm: each.told[STOPPED] for llm, each in readings.items() if STOPPED in each.told},
        paused={llm: each.told[QUOTA] for llm, each in readings.items() if QUOTA in each.told},
        failed={llm: each.failed for llm, each in readings.items() if each.failed},
        unnamed={llm: each.unnamed for llm, each in readings.items()},
        names_none=names_none,
    )


def _read(reading: Reading, store: Readable, llm: str, keys: Sequence[str]) -> None:
    """Read an LLM's answers to m different questions."""
    first = 0
    for some, rows in store.cells(keys, llm=llm):
        place = {key: at for at, key in enumerate(some, start=first)}
        if rows:
            reading.take(np.array([place[row[0]] for row in rows], np.int64), rows)
        first += len(some)
