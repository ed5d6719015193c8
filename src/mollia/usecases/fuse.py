"""`mollia.fuse`: a data frame, a file, a panel or bare answers, with a few human labels, to labels."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypedDict, Unpack, overload

import numpy as np
from numpy.typing import ArrayLike

from mollia.data.frames import is_frame
from mollia.data.hub import is_dataset
from mollia.data.read import read_table
from mollia.data.table import Say, Table, as_text, quiet
from mollia.errors import DataError, a_kind, did_you_mean
from mollia.fusion import fuse as fuse_answers
from mollia.protocols import Encoder, Fuser, Student
from mollia.records import Fused, PanelAnswers
from mollia.session.panel_file import Panel, read_panel
from mollia.session.text_view import TFIDF
from mollia.text_format import UTF_8, TextFormat
from mollia.usecases.fuse_panel import Method, fuse_panel
from mollia.usecases.given_labels import Rows, given_labels, is_missing, listed_cells
from mollia.usecases.result import Result

TextView = Encoder | Callable[[], Student] | str | None


class How(TypedDict, total=False):
    """Further keywords of `fuse`: see there."""

    classes: Sequence[str] | None
    text_view: TextView
    random_state: int | None
    text: str | None
    id: str | None
    gold: str | None
    llms: Sequence[str]
    text_format: TextFormat
    say: Say


@overload
def fuse(  # type: ignore[overload-overlap]  # any other object gives a Result
    answers: PanelAnswers,
    y: ArrayLike | None = None,
    *,
    labels: Sequence[str] | None = None,
    human: object = None,
    texts: Sequence[str] | None = None,
    method: str | Fuser = "default",
    **how: Unpack[How],
) -> Fused: ...
@overload
def fuse(
    answers: object,  # the frames of libraries that need not be there
    y: object = None,
    *,
    labels: Sequence[object] | None = None,
    human: object = None,
    texts: object = None,
    method: str | Fuser = "default",
    **how: Unpack[How],
) -> Result: ...
def fuse(
    answers: object,
    y: object = None,
    *,
    labels: Sequence[object] | None = None,
    human: object = None,
    texts: object = None,
    method: str | Fuser = "default",
    **how: Any,
) -> Fused | Result:
    """Fuse a panel's answers with human labels: `mollia.fuse(df, labels=["a", "b"], human="coded_by_me")`.

    Of a data frame, a file or a `Panel` comes a `Result` (`to_frame()`, `report()`, `plot_confusion()`, ...), of
    bare `PanelAnswers` a `Fused`. No human label at all is allowed: every confidence is then uncalibrated.

    Parameters
    ----------
    answers : data frame (pandas, polars, pyarrow), path, Panel, or PanelAnswers
        Frames and files have a column per LLM, or another form that `read_panel` reads.
    y, human : column name, n labels, Series, dict from id to label, or path of a file
        The human labels, under either name: class names or numbers; NaN, None, "" and -1 mean "not labelled".
        A pandas Series is aligned by its index and may hold some of the rows.
    labels : K class names
        In the order of the class numbers. Needed for a frame or file; a Panel has its own.
    texts : column name or n strings, optional
        The default method learns from them too. A column `text` is found by itself.
    method : str or Fuser
        A name the registry knows ("default", "molam", "dawid_skene", "vote", ...); an estimator for PanelAnswers.
    **how
        `text_view` ("tfidf", "auto", a kind of student; for PanelAnswers an Encoder or what makes a Student),
        `random_state`, and for frames and files `text`, `id`, `gold` (column names), `llms` (names to choose),
        `text_format`, `say` (told in sentences what was read). `classes` is `labels` for PanelAnswers.

    Raises
    ------
    DataError
        When something is of the wrong kind, a column is missing, or labels do not fit; the message says where.
    TaskError
        When the registry does not know the method.
    """
    _check_keywords(how)
    if y is not None and human is not None:
        raise DataError(
            "y and human are two names for one thing.", hint="Give the human labels as human only."
        )
    human = y if human is None else human
    if isinstance(answers, PanelAnswers):
        names = labels if labels is not None else how.get("classes")
        return _fuse_answers(answers, human, names, texts, method=method, how=how)
    if not isinstance(method, str):
        raise DataError(
            f"method is {a_kind(method)}; here it must be a name.",
            hint="Give the estimator the bare answers: mollia.fuse(mollia.read_panel(...).answers, y, method=...).",
        )
    read = _read(answers, human, labels, texts, how)
    given = given_labels(human, read.rows, read.panel.classes, say=how.get("say", quiet))
    fused = fuse_panel(read.panel, given, method=_method(method, how), say=how.get("say", quiet))
    frame = answers if is_frame(answers) or is_dataset(answers) else None
    return Result(run=fused.result, frame=frame, evidence=fused.evidence, fuser=fused.fuser)


_STRING = ((str, type(None)), "a column's name")
_KINDS: Mapping[str, tuple[Any, str]] = {
    "text": _STRING,
    "id": _STRING,
    "gold": _STRING,
    "llms": ((list, tuple), "a list of LLMs' names"),
    "text_format": (TextFormat, 'mollia.TextFormat(encoding="cp1252")'),
    "say": (Callable, "a function that takes a sentence, such as print"),
}


def _check_keywords(how: Mapping[str, object]) -> None:
    known = ["labels", "human", "texts", "method", *How.__annotations__]
    for name, value in how.items():
        if name not in known:
            raise DataError(
                f'mollia.fuse has no keyword "{name}".{did_you_mean(name, known)}',
                hint=f"Known: {', '.join(known)}.",
            )
        kinds, expected = _KINDS.get(name, (object, ""))
        if not isinstance(value, kinds):
            raise DataError(f"{name} is {a_kind(value)}.", hint=f"Expected {expected}.")


def _fuse_answers(
    answers: PanelAnswers,
    human: object,
    labels: Sequence[object] | None,
    texts: object,
    *,
    method: str | Fuser,
    how: Mapping[str, Any],
) -> Fused:
    names = None if labels is None else class_names(labels)
    if names is not None and len(names) != answers.n_classes:
        raise DataError(
            f"{len(names)} class names for answers of {answers.n_classes} classes.",
            hint="Name every class, in the order of the class numbers.",
        )
    y: Any = human
    if human is None:
        y = np.full(len(answers), -1)
    elif names is not None or not _is_numeric(human):
        known = names or tuple(str(k) for k in range(answers.n_classes))
        given = given_labels(human, Rows(ids=answers.ids), known).get("seed")
        y = np.full(len(answers), -1)
        if given is not None and len(given):
            place = {id_: row for row, id_ in enumerate(answers.ids)}
            y[[place[id_] for id_ in given.ids]] = given.y
    return fuse_answers(
        answers,
        y,
        texts=None if texts is None else _strings(texts, len(answers)),
        method=method,
        text_view=_view(how.get("text_view")),
        classes=names,
        random_state=how.get("random_state", 0),
    )


def _is_numeric(values: object) -> bool:
    """Tell whether labels are class numbers by position, as an array has them."""
    keyed = hasattr(values, "index") and not callable(values.index)  # a pandas Series
    if keyed or isinstance(values, (str, Mapping, os.PathLike)):
        return False
    try:
        found = np.asarray(values)
    except ValueError:  # lists of unequal lengths
        return False
    return bool(np.issubdtype(found.dtype, np.integer)) or found.size == 0


def _view(view: object) -> Any:  # noqa: ANN401  # an Encoder or what makes a Student
    if view in (None, TFIDF):
        return None
    if isinstance(view, str) or not (hasattr(view, "encode") or callable(view)):
        raise DataError(
            f"text_view is {view!r}; for bare answers it must be an Encoder, or a function that makes a Student.",
            hint='Names such as "finetune" are for data frames and files.',
        )
    return view


def _method(name: str, how: Mapping[str, Any]) -> Method:
    view = how.get("text_view") or TFIDF
    if not isinstance(view, str):
        raise DataError(
            f"text_view is {a_kind(view)}; here it must be a name.",
            hint='Known: "tfidf", "auto", or a kind of student such as "frozen".',
        )
    return Method(name=name, text_view=view, random_state=how.get("random_state", 0))


class _Read(NamedTuple):
    panel: Panel
    rows: Rows


def _read(
    source: object, human: object, labels: Sequence[object] | None, texts: object, how: Mapping[str, Any]
) -> _Read:
    """Read the panel; a column of human labels is not taken for an LLM's."""
    if isinstance(source, Panel):
        if labels is not None and class_names(labels) != source.classes:
            raise DataError(
                f"labels differ from the panel's classes: {', '.join(source.classes)}.",
                hint="Leave labels out: the panel has its own.",
            )
        panel, columns = source, source.pool.columns
    else:
        panel, columns = _panel_of(source, human, labels, texts, how)
    if texts is not None and not isinstance(texts, str):
        written = _strings(texts, len(panel.pool))
        panel = replace(panel, pool=replace(panel.pool, texts=written), has_text=True)
    index = getattr(source, "index", None) if is_frame(source) else None
    rows = Rows(ids=panel.ids, index=None if index is None else list(index), columns=columns)
    return _Read(panel, rows)


def _panel_of(
    source: object, human: object, labels: Sequence[object] | None, texts: object, how: Mapping[str, Any]
) -> tuple[Panel, Mapping[str, Sequence[object]]]:
    readable = is_frame(source) or is_dataset(source) or isinstance(source, (str, os.PathLike, Table))
    if not readable:
        raise DataError(
            f"mollia.fuse cannot read answers from {a_kind(source)}.",
            hint="Give a pandas, polars or pyarrow data frame, a file's path, or what mollia.read_panel returns.",
        )
    if labels is None:
        raise DataError(
            "labels is missing: the class names, in the order of their numbers.",
            hint='Write mollia.fuse(df, labels=["refund", "delivery", "other"], human="coded_by_me").',
        )
    names = class_names(labels)
    if len(names) < 2:  # noqa: PLR2004  # a choice needs two
        raise DataError(
            f"labels names {len(names)} class{'es' * (len(names) != 1)}; at least two are needed.",
            hint="Name every class, also those that no row has been given yet.",
        )
    table = read_table(source, text_format=how.get("text_format", UTF_8))
    columns = table.columns
    if isinstance(human, str) and human in columns:
        table = replace(table, columns={name: cells for name, cells in columns.items() if name != human})
    named: dict[str, Any] = {"text": texts if isinstance(texts, str) else how.get("text")}
    named |= {name: how[name] for name in ("id", "gold", "llms", "say") if name in how}
    panel = read_panel(table, names, **named)
    if len(panel.pool) != len(table):  # a row per answer: what a person said of a text stands in all its rows
        panel = read_panel(replace(table, columns=columns), names, **named)
        return panel, panel.pool.columns
    return replace(panel, pool=replace(panel.pool, columns=columns)), columns


def class_names(labels: Sequence[object]) -> tuple[str, ...]:
    """Return class names as strings; numbers are written as a table writes them.

    Raises
    ------
    DataError
        On one string in place of a list, and on what is not a name.
    """
    if isinstance(labels, (str, bytes)) or not hasattr(labels, "__iter__") or isinstance(labels, Mapping):
        parts = (
            [part.strip() for part in labels.split(",")] if isinstance(labels, str) else ["refund", "other"]
        )
        raise DataError(
            f"labels must be a list of class names, not {a_kind(labels)}.",
            hint=f"Write labels={parts}.",
        )
    names = []
    for label in labels:
        written = None if is_missing(label) else as_text(label)
        if not written:
            raise DataError(
                f"{label!r} is not a class name.", hint="Give each class a name: a string or a number."
            )
        names.append(written)
    return tuple(names)


def _strings(texts: object, n: int) -> tuple[str, ...]:
    if isinstance(texts, str):
        raise DataError(
            f'texts is one string ("{texts[:40]}"), not one per row.',
            hint="Give a list of n texts; a column's name works with a data frame.",
        )
    cells = listed_cells(texts, n, "texts", "a column's name, or one string per row")
    out = []
    for row, cell in enumerate(cells):
        written = "" if is_missing(cell) else as_text(cell)
        if written is None:
            raise DataError(
                f"texts, row {row + 1}: expected a text, found {a_kind(cell)}.",
                hint="Give plain strings, None where there is no text.",
            )
        out.append(written)
    return tuple(out)
