"""A file of LLM answers as a panel: the quickest way from recorded answers to labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mollia.arrays import Classes
from mollia.data.matching import LabelMatcher
from mollia.data.panel_file import read_panel_columns
from mollia.data.table import Say, quiet
from mollia.errors import DataError
from mollia.ledger.panel_matrix import PanelMatrix
from mollia.records import PanelAnswers, Pool
from mollia.replies.parse import AMBIGUOUS, NEGATED, parse_reply
from mollia.session.recorded_panel import recorded_matrix
from mollia.short_repr import short
from mollia.text_format import UTF_8, TextFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Texts and what was read of the panel's answers to them; `pool` keeps every column of the file."""

    classes: tuple[str, ...]
    pool: Pool
    has_text: bool
    read: PanelMatrix

    __repr__ = short

    @property
    def answers(self) -> PanelAnswers:
        """The panel's answers."""
        return self.read.answers

    @property
    def unparsed(self) -> Mapping[str, Mapping[str, int]]:
        """By LLM, how many replies named no class, by reason."""
        return self.read.unparsed

    @property
    def problems(self) -> Mapping[str, Mapping[str, int]]:
        """By LLM, how many answers failed, by kind."""
        return self.read.problems

    @property
    def ids(self) -> Sequence[str]:
        """The n ids."""
        return self.pool.ids

    @property
    def texts(self) -> Sequence[str] | None:
        """The n texts, None where the file has none."""
        return self.pool.texts if self.has_text else None

    @property
    def gold(self) -> Classes:
        """Class numbers (n,) from a column `gold`, -1 where it is blank or missing."""
        return self.pool.gold


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelFile:
    """A file of LLM answers, and how it is read: see `read_panel`."""

    path: Path
    classes: tuple[str, ...]
    text: str | None = None
    id: str | None = None
    gold: str | None = None
    llms: tuple[str, ...] = ()
    text_format: TextFormat = UTF_8

    def read(self, *, say: Say = quiet) -> Panel:
        """Read the file as `read_panel` does."""
        return read_panel(
            self.path,
            self.classes,
            text=self.text,
            id=self.id,
            gold=self.gold,
            llms=self.llms,
            text_format=self.text_format,
            say=say,
        )


def read_panel(
    source: object,
    labels: Sequence[str] | Sequence[Sequence[str]],
    *,
    text: str | None = None,
    id: str | None = None,  # noqa: A002  # the column's name everywhere
    gold: str | None = None,
    llms: Sequence[str] = (),
    text_format: TextFormat = UTF_8,
    say: Say = quiet,
) -> Panel:
    """Read a CSV, JSONL or Parquet file, or a frame, that holds LLM answers.

    Raw replies are parsed and masses made sub-distributions by the rules of all answers, those that go through
    a ledger (`session.recorded_panel`).

    Parameters
    ----------
    source : path or pandas, polars or pyarrow frame
        One column per LLM with its label, or `<llm>_probs` / `<llm>_votes` / `<llm>_answers`, or
        long rows id, llm, label.
    labels : K names, or K sequences of a name and its aliases
    text, id, gold : str, optional
        Column names, where they are not just these words.
    llms : names, optional
        Choose the LLMs; by default all that are recognised.

    Raises
    ------
    DataError
        When the file is wrong; the message names row and column.
    """
    names = _class_names(labels)
    columns = read_panel_columns(
        source,
        classes=LabelMatcher(names, finds=lambda reply: names_a_class(reply, names)),
        text=text,
        id=id,
        gold=gold,
        llms=llms,
        text_format=text_format,
        say=say,
    )
    pool = columns.pool
    if not columns.has_text:
        say("No column of texts was found: the labels rest on the answers alone (--text names it).")
    return Panel(
        classes=tuple(each[0] for each in names),
        pool=pool,
        has_text=columns.has_text,
        read=recorded_matrix(columns, names, parse=parse_reply),
    )


def names_a_class(reply: str, classes: Sequence[Sequence[str]]) -> bool:
    """Tell whether the parser of replies finds a class in one, be it several or a negated one."""
    found = parse_reply(reply, classes)
    return found.label >= 0 or found.reason in {AMBIGUOUS, NEGATED}


def _class_names(labels: Sequence[str] | Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    if isinstance(labels, str):
        raise DataError(
            "labels must be a list of names, not one string.",
            hint=f"Write labels={[part.strip() for part in labels.split(',')]}.",
        )
    return tuple((each,) if isinstance(each, str) else tuple(each) for each in labels)
