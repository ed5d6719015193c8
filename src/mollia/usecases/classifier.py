"""`MolliaClassifier`: labels of a panel and a few human ones to a text classifier, for users of scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from mollia.arrays import Classes, Probs, most_probable, one_hot
from mollia.data.frames import is_frame
from mollia.data.read import read_table
from mollia.data.table import Table, as_text
from mollia.errors import DataError, NotEnoughLabels, a_kind
from mollia.fusion import fuse
from mollia.fusion.checks import check_fitted
from mollia.fusion.observation import usable_answers
from mollia.loop.large_pools import MOST_LESSONS, at_most
from mollia.parameters import STATE, TEXT, Constraints, check_parameters, offers, real
from mollia.protocols import Encoder
from mollia.randomness import generator
from mollia.records import Fused, PanelAnswers
from mollia.session.panel_file import read_panel
from mollia.student.frozen import FrozenStudent
from mollia.usecases.fuse import class_names
from mollia.usecases.given_labels import class_numbers, is_missing, listed_cells

TEXTS = "a list, an array or a Series of strings"


class MolliaClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """A text classifier that learns from LLM answers and sparse human labels.

    `fit` fuses the panel's answers with the labels, and teaches the student of `mollia run` what came of it;
    `predict_proba` needs texts alone. X is always a sequence of strings: in a Pipeline this is the first step.

    Parameters
    ----------
    method : str
        The fuser: a name the registry knows.
    encoder : str or Encoder
        What the student reads.
    C : float
        Inverse strength of the student's ridge penalty.
    classes : K labels, optional
        All classes, in order; by default those that occur in y. Needed where a class has no label yet.
    random_state : int, optional
        Of fuser and student.

    Attributes
    ----------
    classes_ : (K,)
        The classes, as they stand in y.
    fused_ : Fused or None
        The fused labels of the n rows; None without a panel.
    student_ : FrozenStudent
        What predicts.

    Examples
    --------
    >>> from mollia import MolliaClassifier
    >>> texts = ["refund my money", "where is my parcel", "money back please", "the parcel is late"] * 3
    >>> panel = {"gemma": ["pay", "ship", "pay", "ship"] * 3, "llama": ["pay", "ship", "pay", "pay"] * 3}
    >>> model = MolliaClassifier().fit(texts, ["pay", "ship"] + [None] * 10, panel=panel)
    >>> model.predict(["I want my money back", "a parcel that is late"]).tolist()
    ['pay', 'ship']
    """

    _parameter_constraints: ClassVar[Constraints] = {
        "encoder": TEXT | offers("encode"),
        "C": real(0, above=True),
        "random_state": STATE,
    }

    def __init__(
        self,
        *,
        method: str = "default",
        encoder: str | Encoder = "lexical",
        C: float = 10.0,
        classes: Sequence[object] | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.method = method
        self.encoder = encoder
        self.C = C
        self.classes = classes
        self.random_state = random_state

    def fit(self, X: Sequence[str], y: Sequence[object], *, panel: object = None) -> Self:
        """Learn from n texts, labels of some of them, and what LLMs said.

        Parameters
        ----------
        X : n texts
        y : n labels
            None, NaN, "" and -1 mean "not labelled".
        panel : optional
            A mapping from LLM to n labels or raw replies, a data frame with a column per LLM, an array (n, N), or
            PanelAnswers whose classes are `classes`.

        Raises
        ------
        DataError
            When X, y and panel do not fit, or hold what they should not.
        NotEnoughLabels
            When fewer than two classes are known, or no row has a label or an answer.
        TaskError, ParameterError
            When the registry does not know the method, or a parameter cannot be.
        """
        check_parameters(self)
        texts = as_texts(X)
        cells = listed_cells(y, len(texts), "y", "one label per text")
        self.classes_ = self._known_classes(cells)
        names = tuple(str(as_text(label)) for label in self.classes_.tolist())
        labels = class_numbers(cells, names, "y")
        self.fused_: Fused | None = None
        targets, rows = one_hot(labels, len(names)), np.flatnonzero(labels >= 0)
        negative = None
        if panel is not None:
            answers = as_answers(panel, names, len(texts))
            self.fused_ = fuse(
                answers,
                labels,
                texts=texts,
                method=self.method,
                classes=names,
                random_state=self.random_state,
            )
            targets, rows = self.fused_.posterior, self._usable(answers, labels)
            negative = self.fused_.negative[rows]
        if not len(rows):
            raise NotEnoughLabels(
                "No row has a label or a usable answer.", hint="Give labels, a panel, or both."
            )
        self.student_ = FrozenStudent(self.encoder, C=self.C, random_state=self.random_state).fit(
            [texts[row] for row in rows.tolist()],
            targets[rows],
            negative=negative,
            negative_weight=0.0 if negative is None else 1.0,
        )
        return self

    def predict_proba(self, X: Sequence[str]) -> Probs:
        """Return class probabilities (n, K) of texts, in the order of `classes_`.

        Raises
        ------
        NotFittedError
            Before `fit` (scikit-learn's error).
        DataError
            When X holds anything but texts.
        """
        check_fitted(self)
        return self.student_.predict_proba(as_texts(X))

    def predict(self, X: Sequence[str]) -> NDArray[Any]:
        """Return the most probable classes (n,), as they stand in y."""
        found: NDArray[Any] = self.classes_[most_probable(self.predict_proba(X))]
        return found

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401  # scikit-learn's
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.input_tags.string = True
        return tags

    def _known_classes(self, cells: Sequence[object]) -> NDArray[Any]:
        if self.classes is not None:
            class_names(self.classes)  # refuses what is not a list of names
            found = np.asarray(list(self.classes))
        else:
            known = [cell for cell in cells if not is_missing(cell) and not _is_minus_one(cell)]
            kinds = {type(cell) for cell in known}
            if len(kinds) > 1 and str in kinds:
                raise DataError(
                    "y holds strings and numbers.", hint="Use one kind of label: names, or class numbers."
                )
            found = np.unique(np.array(known)) if known else np.array([], object)
        if len(found) < 2:  # noqa: PLR2004  # a choice needs two
            raise NotEnoughLabels(
                f"Only {len(found)} of at least two classes is known: {found.tolist()}.",
                hint="Label a row of each class, or name all of them: MolliaClassifier(classes=[...]).",
            )
        return found

    def _usable(self, answers: PanelAnswers, labels: Classes) -> NDArray[np.int64]:
        """Return the rows to learn from; of very many, those a person labelled and a sample of the others."""
        human = np.flatnonzero(labels >= 0)
        others = np.flatnonzero(usable_answers(answers).any(1) & (labels < 0))
        others = at_most(others, MOST_LESSONS, generator(self.random_state, "classifier"))
        return np.sort(np.concatenate([human, others]))


def as_texts(X: object) -> list[str]:
    """Return n texts as strings, "" where one is missing.

    Raises
    ------
    DataError
        On anything but one string per row.
    """
    if hasattr(X, "columns") or getattr(X, "ndim", 1) != 1 or isinstance(X, (str, Mapping)):
        raise DataError(
            f"X is {a_kind(X)}{_shape(X)}, not one text per row.",
            hint=f'Expected {TEXTS}: df["text"].',
        )
    if not hasattr(X, "__len__"):
        raise DataError(f"X is {a_kind(X)}.", hint=f"Expected {TEXTS}.")
    out = []
    for row, cell in enumerate(listed_cells(X, len(X), "X", TEXTS)):
        if not (isinstance(cell, str) or is_missing(cell)):
            raise DataError(
                f"X, row {row + 1}: expected a text, found {a_kind(cell)}.",
                hint=f"Expected {TEXTS}.",
            )
        out.append(cell if isinstance(cell, str) else "")
    return out


def as_answers(panel: object, names: tuple[str, ...], n: int) -> PanelAnswers:
    """Return what LLMs said of n rows; raw replies are parsed as those of a file.

    Raises
    ------
    DataError
        When the panel is of another form, or has other rows or classes.
    """
    if isinstance(panel, PanelAnswers):
        if len(panel) != n or panel.n_classes != len(names):
            raise DataError(
                f"The panel has {len(panel)} rows of {panel.n_classes} classes, but there are {n} texts and {len(names)} "
                "classes.",
                hint="Give all classes, in the panel's order: MolliaClassifier(classes=[...]).",
            )
        return panel
    if is_frame(panel):
        columns = dict(read_table(panel).columns)
    elif isinstance(panel, Mapping):
        columns = {
            str(llm): listed_cells(cells, n, f"panel[{llm!r}]", "one label per text")
            for llm, cells in panel.items()
        }
    elif getattr(panel, "ndim", 0) == 2:  # noqa: PLR2004  # (n, N)
        array = np.asarray(panel, object)
        columns = {f"llm_{column}": array[:, column].tolist() for column in range(array.shape[1])}
    else:
        raise DataError(
            f"panel is {a_kind(panel)}.",
            hint="Expected a mapping from LLM to labels, a data frame, an array (n, N), or PanelAnswers.",
        )
    if not columns or any(len(cells) != n for cells in columns.values()):
        raise DataError(f"The panel must have answers of one LLM or more to each of the {n} texts.")
    table = Table(columns=columns, source="the panel", places=range(1, n + 1), unit="row")
    return read_panel(table, names, llms=list(columns), id="").answers


def _is_minus_one(cell: object) -> bool:
    return not isinstance(cell, (str, bool)) and isinstance(cell, (int, float, np.number)) and cell == -1


def _shape(X: object) -> str:
    shape = getattr(X, "shape", None)
    return f" of shape {shape}" if shape is not None else ""
