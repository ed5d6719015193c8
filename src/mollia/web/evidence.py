"""What the review page shows beside a row: who said what, how sure, and what similar texts are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Mask, Rows, Vector
from mollia.fusion.observation import observe
from mollia.report.numbers import shorten
from mollia.web.desk import Desk
from mollia.web.fit import Standing

COLUMNS = 5  # classes shown side by side
NEIGHBOURS = 4
LIKE = 0.35  # cosine below which a text is not a neighbour
TWINS = 12  # near-duplicates offered at once
SAME_WORDS = 0.7  # share of common words from which two texts are near-duplicates
CANDIDATES = 60  # nearest texts among which near-duplicates are looked for
SNIPPET = 140
HEATS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A probability: as a whole percent, its shade from 0 to 10, and whether it is the line's largest."""

    percent: int
    heat: int
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One line of the table: an LLM, the student or the fused label.

    `elsewhere` names its label where that is not among the columns.
    """

    name: str
    usable: bool
    elsewhere: str
    cells: Sequence[Cell]
    differs: bool
    kind: str  # "fused", "student", "llm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A similar text and its label."""

    row: int
    text: str
    label: str
    source: str
    likeness: int  # percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything beside one row."""

    suggestion: int
    columns: Sequence[str]
    voices: Sequence[Voice]
    neighbours: Sequence[Neighbour]
    twins: Sequence[Neighbour]
    copies: int  # further rows with the very same text


def evidence(desk: Desk, standing: Standing, row: int, *, open_rows: Mask, slip: bool) -> Evidence:
    """Gather what is known about a row; `open_rows` (n,) may be offered as near-duplicates.

    For a row a person labelled (`slip`) the fused line is the posterior that did not see that label,
    and the student, which learned it, is left out.
    """
    held_out = slip and standing.checked is not None and bool(np.isfinite(standing.checked[row, 0]))
    fused = standing.checked[row] if held_out and standing.checked is not None else standing.posterior[row]
    said = observe(standing.panel[np.array([row])])[0]  # (N, K)
    weight = fused + (said.mean(0) if len(said) else 0.0)
    shown = np.sort(np.argsort(-weight, kind="stable")[:COLUMNS])  # in the task's order
    label = int(fused.argmax())
    voices = [_voice(desk, "Fused", fused, shown, label=label, kind="fused")]
    if standing.student is not None and not slip:
        voices.append(_voice(desk, "Student", standing.student[row], shown, label=label, kind="student"))
    voices += [
        _voice(desk, name, each, shown, label=label, kind="llm")
        for name, each in zip(standing.panel.llms, said, strict=True)
    ]
    likeness: Vector = standing.vectors @ standing.vectors[row]
    others = np.argsort(-np.where(desk.groups == desk.groups[row], -1.0, likeness), kind="stable")
    near = [int(i) for i in others[:CANDIDATES] if likeness[i] > LIKE and desk.groups[i] != desk.groups[row]]
    texts = desk.pool.texts
    has_words = desk.pool.content == "text"  # the names of files are no words of theirs
    twins = [i for i in near if has_words and open_rows[i] and same_words(texts[row], texts[i])]
    return Evidence(
        suggestion=label,
        columns=[desk.task.class_names[k] for k in shown],
        voices=voices,
        neighbours=[_neighbour(desk, standing, i, likeness) for i in _distinct(desk, near)[:NEIGHBOURS]],
        twins=[_neighbour(desk, standing, i, likeness) for i in _distinct(desk, twins)[:TWINS]],
        copies=int((desk.groups == desk.groups[row]).sum()) - 1,
    )


def same_words(a: str, b: str) -> bool:
    """Tell whether two texts share most of their words (Jaccard), numbers apart."""
    one, two = _words(a), _words(b)
    return bool(one) and len(one & two) >= SAME_WORDS * len(one | two)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", text.casefold()))


def _distinct(desk: Desk, rows: Sequence[int]) -> list[int]:
    """Keep one row of each text."""
    by_group: dict[int, int] = {}
    for row in rows:
        by_group.setdefault(int(desk.groups[row]), row)
    return list(by_group.values())


def _voice(desk: Desk, name: str, probs: Vector, shown: Rows, *, label: int, kind: str) -> Voice:
    usable = bool(probs.sum() > 0)
    own = int(probs.argmax())
    return Voice(
        name=name,
        usable=usable,
        elsewhere=desk.task.class_names[own] if usable and own not in shown else "",
        cells=[_cell(float(probs[k]), own=usable and own == k) for k in shown],
        differs=usable and own != label,
        kind=kind,
    )


def _cell(share: float, *, own: bool) -> Cell:
    return Cell(percent=round(100 * share), heat=round(HEATS * share), own=own)


def _neighbour(desk: Desk, standing: Standing, row: int, likeness: Vector) -> Neighbour:
    label = int(standing.label[row])
    person = bool(standing.known.known[row])
    source = "person" if person else f"{standing.posterior[row].max():.0%}"
    return Neighbour(
        row=row,
        text=shorten(desk.pool.shown[row], SNIPPET),
        label=desk.task.class_names[label] if label >= 0 else "no label",
        source=source,
        likeness=round(100 * float(likeness[row])),
    )
