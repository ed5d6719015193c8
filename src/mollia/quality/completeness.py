"""Whether what was asked for was done: what "complete" means, in one place for every command.

A result is complete when nothing cut it short, no LLM of the panel was given up, each gave a usable answer to at
least HALF of the texts it was asked about, at most FEW of the texts lack a label, and at most FEW of the answers name
none of the classes. Texts without words count nowhere. Else it is partial where the same command goes on by itself, and
incomplete where a person has to look first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mollia.annotate.recorded import NOT_RECORDED
from mollia.arrays import Classes, Mask, Rows
from mollia.exit_codes import DONE, LLM_FAILED, PARTIAL, UNSURE
from mollia.fusion.observation import usable_answers
from mollia.ledger.panel_matrix import PanelMatrix
from mollia.people.known_rows import some
from mollia.strings import without_words

HALF = 0.5  # of the texts it was asked about; an LLM that answers fewer usably has failed
FEW = 0.05  # of texts or answers: one row never decides for a run
MOST_NAMES = 5  # of what was named in place of a class, in a sentence
MOST_REPLIES = 20  # of the same, in a table

Status = Literal["complete", "partial", "incomplete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmOutcome:
    """What came of asking one LLM: texts it was asked about, and gave a usable answer to.

    `stopped` says why it was given up, `paused` why it was left before the end (its quota), `why` what was wrong with
    most of its answers; "" where nothing is.
    """

    llm: str
    asked: int
    usable: int
    stopped: str = ""
    paused: str = ""
    why: str = ""

    @property
    def has_failed(self) -> bool:
        """Whether it was given up or answered too few texts usably."""
        return bool(self.stopped) or (not self.paused and self.usable < HALF * self.asked)

    @property
    def sentence(self) -> str:
        """What is wrong with it, in the server's words; "" where nothing is."""
        if not self.has_failed:
            return ""
        if not self.usable:
            did = "gave no usable answer"
        elif self.stopped:
            did = f"was given up after {self.usable:,} usable answers"
        else:
            did = f"gave a usable answer to {self.usable:,} of {self.asked:,} texts only"
        why = (self.stopped or self.why).removeprefix(f"{self.llm}: ").rstrip(".")
        return f"{self.llm} {did}{f': {why}' if why else ''}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """How a run, a fuse, or asking alone came out.

    `lacking` says in sentences what keeps it from being complete, `partial` why it ended early ("" = it did not).
    """

    status: Status = "complete"
    exit_code: int = DONE
    lacking: tuple[str, ...] = ()
    partial: str = ""
    llms: tuple[LlmOutcome, ...] = ()

    @property
    def failed(self) -> tuple[LlmOutcome, ...]:
        """The LLMs that did not do their part."""
        return tuple(each for each in self.llms if each.has_failed)

    @property
    def working(self) -> str:
        """How many of the LLMs did: "3", or "2 of 3"; "" where nothing is known of any."""
        n = len(self.llms)
        return f"{n - len(self.failed)} of {n}" if self.failed else str(n or "")


COMPLETE = Completeness()


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsLabelled:
    """Rows (n,) with a label, those of them by a student where the panel should have been asked, and those whose text has no words."""

    labelled: Mask
    by_student: Mask
    wordless: Mask

    @property
    def blank(self) -> Mask:
        """Rows with neither words nor a label: nothing is lacking there."""
        out: Mask = self.wordless & ~self.labelled
        return out


def rows_labelled(
    labelled: Mask, texts: Sequence[str] | None, *, by_student: Mask | None = None
) -> RowsLabelled:
    """Return which rows have a label; a row without words may have one all the same (a person's)."""
    nowhere = np.zeros(len(labelled), bool)
    return RowsLabelled(
        labelled=labelled,
        by_student=nowhere if by_student is None else by_student,
        wordless=nowhere if texts is None else without_words(texts),
    )


def completeness(
    read: PanelMatrix,
    rows: RowsLabelled,
    *,
    shown: Rows | None = None,
    in_full: bool = True,
    partial: str = "",
    trained_on: int = 0,
) -> Completeness:
    """Judge what came of asking a panel.

    Parameters
    ----------
    read : the answers of the rows that were to be asked.
    rows : which rows of the pool have a label; where nothing was labelled yet, which have a usable answer.
    shown : the positions of `read` in the pool, if it is not the whole pool.
    in_full : whether every LLM was to be asked about every row of the pool.
    partial : why the asking ended early.
    trained_on : rows that the student learned from, if it labelled some.
    """
    llms = llm_outcomes(read, rows.blank if shown is None else rows.blank[shown])
    partial = partial or " ".join(dict.fromkeys(read.paused.values()))
    failed = [each.sentence for each in llms if each.has_failed]
    unlabelled = _unlabelled(rows)
    unasked = _unasked(read, rows, trained_on) if in_full else []
    unnamed = unnamed_sentence(read)
    status: Status = "incomplete"
    if failed or (unlabelled and not partial and not unasked):
        code = LLM_FAILED
    elif partial or unasked:
        status, code = "partial", PARTIAL
    elif unnamed:
        code = UNSURE
    else:
        return Completeness(llms=llms)
    said = [*failed, *unlabelled, *filter(None, [partial]), *unasked, *filter(None, [unnamed])]
    return Completeness(status=status, exit_code=code, lacking=tuple(said), partial=partial, llms=llms)


def llm_outcomes(read: PanelMatrix, blank: Mask) -> tuple[LlmOutcome, ...]:
    """Return what came of asking each LLM; rows that are `blank` (n,) do not count."""
    answers = read.answers
    asked = answers.asked & ~blank[:, None]
    usable = usable_answers(answers) & asked
    out = []
    for i, llm in enumerate(answers.llms):
        n_asked, n_usable = int(asked[:, i].sum()), int(usable[:, i].sum())
        not_recorded = read.problems.get(llm, {}).get(NOT_RECORDED, 0) if n_usable else 0
        out.append(
            LlmOutcome(
                llm=llm,
                asked=n_asked - not_recorded,
                usable=n_usable,
                stopped=read.stopped.get(llm, ""),
                paused=read.paused.get(llm, ""),
                why=_why(read, llm),
            )
        )
    return tuple(out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unnamed:
    """A reply that names none of the classes, how often it came, and from which LLMs."""

    reply: str
    times: int
    llms: tuple[str, ...]


def named_no_class(read: PanelMatrix, most: int = MOST_REPLIES) -> tuple[Unnamed, ...]:
    """Return the most frequent replies that name none of the classes."""
    counts: Counter[str] = Counter()
    by: dict[str, list[str]] = {}
    for llm, replies in read.unnamed.items():
        for reply, number in replies.items():
            counts[reply] += number
            by.setdefault(reply, []).append(llm)
    return tuple(
        Unnamed(reply=reply, times=times, llms=tuple(by[reply])) for reply, times in counts.most_common(most)
    )


def named_instead(read: PanelMatrix) -> list[str]:
    """Return a sentence on the most frequent replies that name none of the classes, with their counts and LLMs."""
    found = [
        f"“{each.reply}” {each.times:,} x ({', '.join(each.llms)})"
        for each in named_no_class(read, MOST_NAMES)
    ]
    return (
        [f"Replies that name none of the classes, the most frequent first: {'; '.join(found)}."]
        if found
        else []
    )


def won_beside(read: PanelMatrix, label: Classes, rows: Mask) -> list[str]:
    """Name the rows (n,) whose label (n,) no more LLMs gave than named something that is none of the classes."""
    answers, unnamed = read.answers, read.names_none.sum(1)
    some_unnamed = np.flatnonzero(rows & (unnamed > 0))
    mass = answers.z[some_unnamed] + answers.c[some_unnamed]
    gave = ((mass.argmax(2) == label[some_unnamed, None]) & (mass.sum(2) > 0)).sum(1)
    won = some_unnamed[unnamed[some_unnamed] >= gave]
    if not len(won):
        return []
    ids = [answers.ids[row] for row in won.tolist()]
    rows_were = f"{len(won):,} rows were" if len(won) > 1 else "1 row was"
    return [
        f"{rows_were} labelled although as many LLMs or more name none of the classes as give that label: look at {some(ids)}."
    ]


def unnamed_sentence(read: PanelMatrix) -> str:
    """Return a warning where more than FEW of the answers name none of the classes, else ""."""
    n_asked, n_unnamed = int(read.answers.asked.sum()), int(read.names_none.sum())
    if n_unnamed <= FEW * n_asked:
        return ""
    return f"{n_unnamed:,} of {n_asked:,} answers name none of the classes; is one missing? " + " ".join(
        named_instead(read)
    )


def _unlabelled(rows: RowsLabelled) -> list[str]:
    lacking = int((~rows.labelled & ~rows.blank).sum())
    total = int((~rows.blank).sum())
    return [f"{lacking:,} of {total:,} texts have no label."] if lacking > FEW * total else []


def _unasked(read: PanelMatrix, rows: RowsLabelled, trained_on: int) -> list[str]:
    """Say how many texts no LLM was asked about; an LLM that was given up is told elsewhere."""
    unasked = ~read.answers.asked.any(1) & ~rows.blank & ~(rows.labelled & ~rows.by_student)
    said = []
    if unasked.any():
        said.append(f"The panel was not asked about {int(unasked.sum()):,} of {len(unasked):,} rows.")
    if rows.by_student.any():
        said.append(
            f"{int(rows.by_student.sum()):,} of them have the label of a student that learned from {trained_on:,} rows."
        )
    for i, llm in enumerate(read.answers.llms):
        left = int((~read.answers.asked[:, i] & ~rows.blank & ~unasked).sum())
        if left and llm not in read.stopped and llm not in read.paused:
            said.append(f"{llm} was not asked about {left:,} rows.")
    return said


def _why(read: PanelMatrix, llm: str) -> str:
    """Return what was wrong with most of an LLM's answers: a failure in full, or why its replies were not understood."""
    failures = sum(read.problems.get(llm, {}).values())
    unparsed: Mapping[str, int] = read.unparsed.get(llm, {})
    if failures >= sum(unparsed.values()) and read.failed.get(llm):
        return read.failed[llm]
    if not unparsed:
        return ""
    reason = max(unparsed, key=lambda each: unparsed[each])
    shown = max(read.unnamed.get(llm, {}).items(), key=lambda each: each[1], default=("", 0))[0]
    return f"its replies name no class ({reason}{f', such as “{shown}”' if shown else ''})"
