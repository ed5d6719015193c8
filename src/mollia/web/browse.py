"""Which rows a search and its filters leave, in which order: positions in the pool, no texts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from urllib.parse import urlencode

import numpy as np

from mollia.arrays import Classes, Mask, Rows, Vector
from mollia.records import Use
from mollia.strings import Strings
from mollia.web.blind import Blind, hidden
from mollia.web.desk import USES, Desk
from mollia.web.fit import Standing

SOURCES = ("person", "panel", "student", "none")
SPLITS = ("some", "all")
ORDERS = ("file", "unsure", "split")
NOBODY, ANYONE = "-", "*"  # in place of a person's name
TRAINS: tuple[Use, ...] = ("seed", "review")
LONGEST = 200  # characters of a search


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is looked for; "" = whatever.

    `label` is a class number, `source` one of SOURCES, `low` and `high` bound the confidence in percent, `split` is "some" (an LLM
    contradicts the label) or "all" (none does), `who` a person, ANYONE or NOBODY.
    """

    q: str = ""
    label: str = ""
    source: str = ""
    low: str = ""
    high: str = ""
    split: str = ""
    who: str = ""
    order: str = ""

    @property
    def of_labels(self) -> bool:
        """Whether what matches tells something of the rows' labels."""
        return bool(
            self.label or self.low or self.high or self.split or self.source or self.order not in {"", "file"}
        )

    @property
    def filtered(self) -> bool:
        """Whether anything is asked for."""
        return any(getattr(self, each.name) for each in fields(self))

    @property
    def address(self) -> str:
        """The query as part of an address."""
        return urlencode({each.name: value for each in fields(self) if (value := getattr(self, each.name))})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The rows that match, in order, how many were left out because their labels are hidden, and all rows' labels."""

    rows: Rows
    n_hidden: int
    labels: Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What is known of each of the n rows now: class number (-1 = none), source (of SOURCES), confidence, LLMs that contradict."""

    label: Classes
    source: Classes
    confidence: Vector
    against: Vector


def current_labels(desk: Desk, standing: Standing | None) -> Labels:
    """Return the labels of the last fit, with those over them that people have given since."""
    n = len(desk.pool)
    if standing is None:
        label, source = np.full(n, -1), np.full(n, SOURCES.index("none"))
        confidence, against = np.zeros(n), np.zeros(n)
    else:
        label, source = standing.label.copy(), np.where(standing.label >= 0, SOURCES.index("panel"), 3)
        if standing.labels.by_student is not None:
            source[standing.labels.by_student] = SOURCES.index("student")
        source[standing.known.known] = SOURCES.index("person")
        confidence = np.where(standing.label >= 0, standing.posterior.max(1), 0.0)
        against = contradicting(standing)
    for use in TRAINS:
        given = desk.store.human(use)
        here = [
            (desk.position[id_], y)
            for id_, y in zip(given.ids, given.y.tolist(), strict=True)
            if id_ in desk.position
        ]
        rows = np.array([row for row, _ in here], np.int64)
        label[rows], source[rows], confidence[rows] = [y for _, y in here], SOURCES.index("person"), 1.0
    return Labels(label=label, source=source, confidence=confidence, against=against)


def contradicting(standing: Standing) -> Vector:
    """Return for each row (n,) the share of LLMs whose own label is another one."""
    usable = standing.own >= 0
    against: Vector = (usable & (standing.own != standing.label[:, None])).sum(1) / np.maximum(
        usable.sum(1), 1
    )
    return against


def find_rows(desk: Desk, standing: Standing | None, query: Query, blind: Blind) -> Found:
    """Return the rows of a query; those with hidden labels are left out where what matches would tell their label."""
    labels = current_labels(desk, standing)
    kept = _matching(labels, query)
    if query.who:
        kept &= _said_by(desk, query.who)
    if query.q:
        kept[kept] = texts_with(desk, query.q, np.flatnonzero(kept))
    n_hidden = 0
    if query.of_labels and blind.texts:
        covered = kept & hidden(desk, blind)
        n_hidden = int(covered.sum())
        kept &= ~covered
    rows = np.flatnonzero(kept)
    if query.order == "unsure":
        rows = rows[np.argsort(labels.confidence[rows], kind="stable")]
    elif query.order == "split":
        rows = rows[np.argsort(-labels.against[rows], kind="stable")]
    return Found(rows=rows, n_hidden=n_hidden, labels=labels)


def _matching(labels: Labels, query: Query) -> Mask:
    """Return the rows (n,) whose label is as asked for."""
    kept: Mask = np.ones(len(labels.label), bool)
    if query.label:
        kept &= labels.label == int(query.label)
    if query.source:
        kept &= labels.source == SOURCES.index(query.source)
    if query.low:
        kept &= labels.confidence >= int(query.low) / 100
    if query.high:
        kept &= (labels.confidence < int(query.high) / 100) & (labels.label >= 0)
    if query.split:
        kept &= ((labels.against > 0) == (query.split == "some")) & (labels.label >= 0)
    return kept


def texts_with(desk: Desk, wanted: str, rows: Rows) -> Mask:
    """Tell for some rows (m,) whether their text holds `wanted`, whatever its case."""
    texts = desk.pool.shown
    if isinstance(texts, Strings):
        return texts.take(rows).holding(wanted)
    folded = wanted.casefold()
    return np.array([folded in texts[row].casefold() for row in rows.tolist()], bool)


def _said_by(desk: Desk, who: str) -> Mask:
    said: Mask = np.zeros(len(desk.pool), bool)
    words = [each for use in USES for each in desk.store.said(use)]
    said[
        [
            desk.position[each.text_id]
            for each in words
            if each.text_id in desk.position and (who in {ANYONE, NOBODY} or each.annotator == who)
        ]
    ] = True
    return ~said if who == NOBODY else said
