"""The vocabulary of labels.csv: the columns that mollia adds to a file's own, and where a label comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mollia.errors import DataError, did_you_mean

# Where a row's label comes from, in the words of the output.
HUMAN = "human"
COPY = "copy of a human label"
PANEL = "panel"
STUDENT = "student"
FAILED = "failed"  # no LLM gave a usable answer and no person a label: the label stays blank
EMPTY_TEXT = "empty text"  # there is nothing to label
BY_PEOPLE = (HUMAN, COPY)
UNLABELLED = (FAILED, EMPTY_TEXT)

# The columns that are added to a file's own.
LABEL = "label"
CONFIDENCE = "confidence"
CALIBRATED = "calibrated"  # whether the confidence was checked against human labels
BEFORE_CALIBRATED = (
    "confidence_uncalibrated"  # what older versions called a confidence that nothing had checked
)
CLASS = "p_"  # and the class's name
NEGATIVE = "negative_labels"
SOURCE = "source"
ACCEPT = "accept"
DISAGREEMENT = "disagreement"
STUDENT_LABEL = "student_label"
STUDENT_CONFIDENCE = "student_confidence"
NUMBERS = (CONFIDENCE, BEFORE_CALIBRATED, DISAGREEMENT, STUDENT_CONFIDENCE)
TRUTHS = (CALIBRATED, ACCEPT)
MEANING: Mapping[str, str] = {
    LABEL: "the fused label; blank where nobody and nothing could give one",
    CONFIDENCE: "the probability that the label is right; `calibrated` says whether it was checked",
    CALIBRATED: "whether the confidence was checked against human labels; do not read it as a probability where it was not",
    BEFORE_CALIBRATED: "the fuser's probability of the label; nothing has checked it",
    NEGATIVE: "classes that the text almost surely is not",
    SOURCE: "who labelled the row: human, copy of a human label, panel, student, failed, empty text",
    ACCEPT: "whether the label may be taken without a review, at the target named above",
    DISAGREEMENT: "the share of LLMs whose own answer is another one",
    STUDENT_LABEL: "the label of the small classifier that was trained on the fused labels",
    STUDENT_CONFIDENCE: "its probability",
}

PREFIX = "mollia_"  # of all of them, where the file has one of the names already

Columns = dict[str, Sequence[object]]


def beside(taken: Iterable[str], columns: Mapping[str, Sequence[object]]) -> Columns:
    """Return columns that can stand beside others: all are prefixed when one name is taken."""
    known, out = set(taken), dict(columns)
    while known & out.keys():
        out = {PREFIX + name: cells for name, cells in out.items()}
    return out


def chosen(columns: Mapping[str, Sequence[object]], only: Sequence[str]) -> Columns:
    """Return the columns named, in that order; all of them where none is.

    Raises
    ------
    DataError
        When there is no such column; the message names the nearest.
    """
    for name in only:
        if name not in columns:
            raise DataError(
                f'The labels have no column "{name}".{did_you_mean(name, columns)}',
                hint=f"Columns: {', '.join(columns)}.",
            )
    return {name: columns[name] for name in only or columns}


def prefix_in(columns: Iterable[str]) -> str:
    """Return what the columns that a run added begin with: "", "mollia_", or that more than once."""
    known, prefix = set(columns), ""
    while prefix + PREFIX + LABEL in known:
        prefix += PREFIX
    return prefix
