"""What every fuser checks about its input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import ArrayLike

from mollia.arrays import Classes
from mollia.errors import DataError
from mollia.parameters import Constraints, check_parameters
from mollia.records import PanelAnswers


def human_labels(X: PanelAnswers, y: ArrayLike) -> Classes:
    """Return y as class numbers (n,), -1 = no human label.

    Raises
    ------
    DataError
        When y has not one entry per row, is not a whole number, or names a class that is not there.
    """
    given = np.asarray(y)
    if given.shape != (len(X),):
        raise DataError(
            f"y has shape {given.shape}, but the panel answered for {len(X)} rows.",
            hint="Give one class number a row, -1 where there is no human label.",
        )
    labels: Classes = np.zeros(len(X), np.int64)
    if len(X) and not (np.issubdtype(given.dtype, np.number) or given.dtype == bool):
        raise DataError(
            f"y holds {given.dtype} values, e.g. {given[0]!r}; class numbers are expected.",
            hint="Use the position of the label in the task's class list, -1 for none.",
        )
    if len(X):
        with np.errstate(invalid="ignore"):
            labels = given.astype(np.int64)
        wrong = (labels != given) | (labels < -1) | (labels >= X.n_classes)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise DataError(
                f"y of row {X.ids[row]!r} is {given[row]}; expected -1 or a class number "
                f"from 0 to {X.n_classes - 1}.",
                hint="Class numbers follow the task's class list, beginning at 0.",
            )
    return labels


def check_texts(X: PanelAnswers, texts: Sequence[str] | None) -> None:
    """Refuse texts that are not one a row.

    Raises
    ------
    DataError
        When their number differs from the panel's rows.
    """
    if texts is not None and len(texts) != len(X):
        raise DataError(
            f"There are {len(texts)} texts, but the panel answered for {len(X)} rows.",
            hint="Give the texts in the order of the panel's rows.",
        )


class _Fuser(Protocol):
    """What every fuser of ours knows of itself and, once fitted, of its panel."""

    _parameter_constraints: ClassVar[Constraints]
    classes_: Classes
    llms_: tuple[str, ...]
    calibrated_: bool
    notes_: tuple[str, ...]


def begin_fit(fuser: _Fuser, X: PanelAnswers, y: ArrayLike, texts: Sequence[str] | None) -> Classes:
    """Check parameters and input, set what every fuser learns, and return y as `human_labels` does.

    Raises
    ------
    ParameterError, DataError
        When a parameter, y or the texts cannot be.
    """
    check_parameters(fuser)
    labels = human_labels(X, y)
    check_texts(X, texts)
    fuser.classes_ = np.arange(X.n_classes)
    fuser.llms_ = X.llms
    fuser.calibrated_ = False
    fuser.notes_ = ()
    return labels


def check_fitted(fuser: object) -> None:
    """Refuse to predict with a fuser that has not learned.

    Raises
    ------
    NotFittedError
        When `fit` has not been called (scikit-learn's error).
    """
    from sklearn.exceptions import NotFittedError  # noqa: PLC0415  # `fuse` is light until a fuser is used

    if not hasattr(fuser, "classes_"):
        raise NotFittedError(
            f"This {type(fuser).__name__} is not fitted yet: call fit(answers, y); y may be -1 everywhere."
        )


def same_panel(fuser: _Fuser, X: PanelAnswers) -> PanelAnswers:
    """Return X with its LLMs in the order the fuser learned them.

    Raises
    ------
    DataError
        When X has other classes, or lacks one of the LLMs.
    """
    check_fitted(fuser)
    if len(fuser.classes_) != X.n_classes:
        raise DataError(
            f"The fuser learned {len(fuser.classes_)} classes, the answers have {X.n_classes}.",
            hint="Fit it again with the new class list.",
        )
    return X if X.llms == fuser.llms_ else X.subpanel(fuser.llms_)
