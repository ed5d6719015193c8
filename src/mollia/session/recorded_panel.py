"""What a file holds of a panel's answers as arrays, column by column: what the way through a ledger gives, without it.

The rules are those of `annotate.recorded` (raw replies before shares) and `ledger.panel_matrix` (z and c); a test holds
the two ways side by side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mollia.annotate.recorded import NOT_RECORDED, sub_distributions
from mollia.arrays import MANY, Classes, Floats, Mask, at_rest, frozen
from mollia.data.masses import Masses
from mollia.data.panel_columns import LlmColumns, PanelColumns
from mollia.data.replies_column import RepliesColumn
from mollia.ledger.panel_matrix import PanelMatrix
from mollia.ledger.reading import SHOWN, THIN, UNNAMED, Parse
from mollia.records import PanelAnswers
from mollia.threads import at_once


@dataclass(frozen=True, slots=True, kw_only=True)
class _Llm:
    """One LLM's answers to n rows: z and c (n, K), and what could not be used of them."""

    z: Floats | None
    c: Floats | None
    thin: int
    not_recorded: int
    names_none: Mask
    unparsed: Mapping[str, int]
    unnamed: Mapping[str, int]


def recorded_matrix(columns: PanelColumns, classes: Sequence[Sequence[str]], *, parse: Parse) -> PanelMatrix:
    """Derive z and c, both (n, N, K), from a file's columns; each distinct reply is parsed once."""
    return columns_matrix(columns.pool.ids, columns.llms, classes, parse=parse)


def columns_matrix(
    ids: Sequence[str], llms: Sequence[LlmColumns], classes: Sequence[Sequence[str]], *, parse: Parse
) -> PanelMatrix:
    """Derive z and c, both (n, N, K), from some LLMs' columns of the rows with these ids."""
    n, n_llms, n_classes = len(ids), len(llms), len(classes)
    names = tuple(tuple(each) for each in classes)
    z, c = (np.zeros((n, n_llms, n_classes), at_rest(n)) for _ in range(2))
    names_none = np.zeros((n, n_llms), bool)
    read: dict[str, _Llm] = {}

    def read_one(i: int) -> _Llm:
        found = _read(llms[i], names, parse)
        if found.z is not None:
            z[:, i] = found.z
        if found.c is not None:
            c[:, i] = found.c
        names_none[:, i] = found.names_none
        return replace(found, z=None, c=None)

    for llm, found in zip(llms, at_once(read_one, range(n_llms), many=n > MANY), strict=True):
        read[llm.name] = found
    return PanelMatrix(
        answers=PanelAnswers(ids=ids, llms=tuple(read), z=frozen(z), c=frozen(c)),
        unparsed={llm: each.unparsed for llm, each in read.items()},
        problems={
            llm: Counter({NOT_RECORDED: each.not_recorded} if each.not_recorded else {})
            for llm, each in read.items()
        },
        thin={llm: each.thin for llm, each in read.items()},
        failed={llm: NOT_RECORDED for llm, each in read.items() if each.not_recorded},
        unnamed={llm: each.unnamed for llm, each in read.items()},
        names_none=names_none,
    )


def _read(llm: LlmColumns, names: tuple[tuple[str, ...], ...], parse: Parse) -> _Llm:
    n, n_classes = len(llm.replies), len(names)
    replies = llm.replies if isinstance(llm.replies, RepliesColumn) else RepliesColumn.of(llm.replies)
    size = np.diff(replies.bounds)
    z, scored, thin = _label_probabilities(llm, n_classes)
    shares = _sub(llm.votes, n_classes, informed=False)
    voted = np.zeros(n, bool) if shares is None else ~np.isnan(shares[:, 0]) & (size == 0)
    c = None
    if shares is not None:
        c = shares
        c[~voted] = 0.0
    parsed = [parse(word, names) for word in replies.words]
    label = np.array([each.label for each in parsed], np.int64)
    if len(replies.number):
        said = _shares(replies, label, n_classes)
        c = said if c is None else c + said
    if c is not None:
        np.minimum(c, 1.0, out=c)  # T times 1/T may round to a hair over 1
    silent = np.ones(n, bool)
    for mass in (z, c):
        silent &= True if mass is None else mass.sum(1) == 0
    unparsed, unnamed = _counts(replies, [each.reason if each.label < 0 else "" for each in parsed])
    return _Llm(
        z=z,
        c=c,
        thin=thin,
        not_recorded=int((~scored & ~voted & (size == 0)).sum()),
        names_none=_names_none(
            replies, np.array([each.label < 0 and each.reason in UNNAMED for each in parsed], bool), silent
        ),
        unparsed=unparsed,
        unnamed=unnamed,
    )


def _label_probabilities(llm: LlmColumns, n_classes: int) -> tuple[Floats | None, Mask, int]:
    """Return z (n, K), None where there is none, which rows have one, and how many hold next to no mass."""
    z = _sub(llm.probs, n_classes, informed=True)
    if z is None:
        return None, np.zeros(len(llm.replies), bool), 0
    scored = ~np.isnan(z[:, 0])
    z[~scored] = 0.0
    with np.errstate(divide="ignore"):
        np.exp(np.log(z, out=z), out=z)  # a ledger keeps logarithms
    total = z.sum(1, keepdims=True)
    z /= np.maximum(total, 1.0)
    return z, scored, int((scored & (total[:, 0] < THIN)).sum())


def _sub(
    masses: Sequence[tuple[float, ...] | None] | None, n_classes: int, *, informed: bool
) -> Floats | None:
    if masses is None:
        return None
    found = masses if isinstance(masses, Masses) else Masses.of(masses, n_classes)
    return sub_distributions(found.values, informed=informed)


def _shares(replies: RepliesColumn, label: Classes, n_classes: int) -> Floats:
    """Return the shares (n, K) of each row's replies that name each class."""
    n = len(replies)
    row = np.repeat(np.arange(n), np.diff(replies.bounds))
    named = label[replies.number]
    kept = named >= 0
    weight = (1 / np.maximum(np.diff(replies.bounds), 1))[row[kept]]
    flat = np.bincount(row[kept] * n_classes + named[kept], weight, minlength=n * n_classes)
    out: Floats = flat.reshape(n, n_classes).astype(np.float64)
    return out


def _counts(replies: RepliesColumn, reasons: Sequence[str]) -> tuple[Counter[str], Counter[str]]:
    """Return how many replies could not be read, by reason, and those that name no class; first met first."""
    unparsed: Counter[str] = Counter()
    unnamed: Counter[str] = Counter()
    met, first, times = np.unique(replies.number, return_index=True, return_counts=True)
    for at in np.argsort(first, kind="stable").tolist():
        reason = reasons[met[at]]
        if reason:
            unparsed[reason] += int(times[at])
            if reason in UNNAMED:
                unnamed[" ".join(replies.words[met[at]].split())[:SHOWN]] += int(times[at])
    return unparsed, unnamed


def _names_none(replies: RepliesColumn, unnamed: Mask, silent: Mask) -> Mask:
    """Return the answers (n,) that hold no mass on a class because most of their replies name something else."""
    n, size = len(replies), np.diff(replies.bounds)
    row = np.repeat(np.arange(n), size)
    missed = np.bincount(row[unnamed[replies.number]], minlength=n)
    out: Mask = silent & (size > 0) & (2 * missed >= size)
    return out
