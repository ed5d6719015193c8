"""What speaks for each of a row's most probable classes: one line of figures per row and class, alike on every panel.

The lines do not depend on which classes and LLMs there are, so that what one panel's gold labels teach about them
holds on another (`panel_trees`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mollia.arrays import Classes, Floats, Matrix, PanelMass, Probs, Rows, Vector, one_hot
from mollia.fusion.carried import own_rows, row_counts
from mollia.fusion.confusion import learned_from
from mollia.fusion.observation import has_answer, mean_over_llms
from mollia.fusion.one_coin import OneCoin, learn_one_coin
from mollia.fusion.ridge import LeaveOneOut, Ridge, factorise

MOST = 4  # candidate classes per row
SAID = 0.3  # share of an LLM's answer from which it counts as its answer
COUNT = 5.0  # human rows that an LLM's expected accuracy stands for
ANSWERS_PENALTY = 1.0  # of the ridge on answers and text together
MOST_ROWS = 20_000  # that teach it
MOST_COLUMNS = 2_000  # with more of them it is left out
# A line's figures, in order. Of the class: its probability in the posterior, the stack, the mean, the supervised view, by the
# two most accurate LLMs, by LLMs weighted by accuracy and by omega, the best precision of an answer that names it, by one
# accuracy per LLM, by the text, by text and answers; its frequency and rank. Of the row, then of the panel: the rest.
_NAMES = (
    "posterior stack mean supervised best second by_accuracy by_omega precision one_coin text text_and_answers frequency rank "
    "top margin agreement answered classes llms labels mean_agreement gate fused_weight llm_weight temperature best_accuracy "
    "lead_over_second lead_over_mean confidence omega best_omega"
)
FEATURES = tuple(_NAMES.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What is said of rows, (n, K) each: the posterior P, stack F, supervised view J, text Q, text and answers A.

    J is flat where nothing was learned, Q and A are None where there is no text, or too many answers.
    """

    P: Probs
    F: Probs
    J: Probs
    Q: Probs | None
    A: Probs | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelReading:
    """What a fit learned about the panel as a whole, for the lines of its rows and of new ones."""

    accuracy: Vector  # (N,), of the human rows and, for COUNT rows, expected
    order: Rows  # (N,) LLMs, the most accurate first; silent ones last
    omega: Vector  # (N,)
    precision: Floats  # (N, K), expected share of an LLM's answers that are right, as log odds
    share: Vector  # (K,), expected
    one_coin: OneCoin
    text: Ridge | None
    answers: Ridge | None
    scale: float  # of the answers beside the text
    panel: Vector  # the figures of the panel, the last ones of FEATURES
    sharpness: float = 1.0  # the power of the posterior that keeps the confidence which human labels set


def read_panel(
    o: PanelMass,
    y: Classes,
    P: Probs,
    *,
    omega: Vector,
    text: LeaveOneOut | None,
    fit: Vector,
    carried: Vector | None = None,
) -> tuple[PanelReading, Probs | None, Probs | None]:
    """Read a panel o (n, N, K) with labels y (n,) and posterior P (n, K); return also Q and A, each row left out.

    `fit` are the figures from gate to temperature; `carried` (n,) as in `confusion.dawid_skene`.
    """
    n_classes = o.shape[2]
    human = y >= 0
    T = np.where(human[:, None], one_hot(y, n_classes), P)
    has = has_answer(o)
    answered = has.any(0)
    expected = np.einsum("nik,nk->i", o, T) / np.maximum(has.sum(0), 1)
    counts = row_counts(carried, len(y))[human]
    right = counts @ ((o[human].argmax(2) == y[human][:, None]) & has[human])
    accuracy = np.where(answered, (right + COUNT * expected) / (counts.sum() + COUNT), 0.0)
    order = np.argsort(np.where(answered, -accuracy, np.inf), kind="stable")
    precision = np.clip(np.einsum("nik,nk->ik", o, T) / np.maximum(o.sum(0), 1e-9), 0.02, 0.98)
    Q, ridge = (None, None) if text is None else text.fit(T)
    A, answers, scale = _answers_ridge(o, text, T, y)
    best, second = order[0], order[min(1, len(order) - 1)]
    heard = accuracy[answered] if answered.any() else accuracy
    panel = [np.log(n_classes), answered.sum(), counts.sum(), mean_over_llms(o).max(1).mean(), *fit]
    panel += [accuracy[best], accuracy[best] - accuracy[second], accuracy[best] - heard.mean()]
    panel += [P.max(1).mean(), omega[answered].mean() if answered.any() else 1.0, omega[best]]
    reading = PanelReading(
        accuracy=accuracy,
        order=order,
        omega=omega * answered,
        precision=np.log(precision / (1 - precision)),
        share=T[own_rows(carried)].mean(0),
        one_coin=learn_one_coin(o, y, carried),
        text=ridge,
        answers=answers,
        scale=scale,
        panel=np.array(panel, np.float64),
    )
    return reading, Q, A


def lines(reading: PanelReading, o: PanelMass, said: Spoken) -> tuple[Rows, Matrix]:
    """Return each row's candidate classes (n, C), the most probable first, and their lines (n, C, features)."""
    n, n_llms, n_classes = o.shape
    has = has_answer(o)
    mean = mean_over_llms(o)
    classes = np.argsort(-said.P, axis=1, kind="stable")[:, :MOST]
    width = classes.shape[1]
    best, second = reading.order[0], reading.order[min(1, n_llms - 1)]
    a = np.clip(reading.accuracy, 0.05, 0.97)
    by_accuracy = np.maximum(np.log(a * max(n_classes - 1, 1) / (1 - a)), 0.0) * (reading.accuracy > 0)
    named = np.where(o > SAID, reading.precision, -9.0).max(1)
    missing = np.full_like(said.P, np.nan)
    of_class = [
        *(said.P, said.F, mean, said.J, o[:, best], o[:, second], _weighted(o, by_accuracy)),
        *(_weighted(o, reading.omega), named, reading.one_coin.posterior(o)),
        *(missing if view is None else view for view in (said.Q, said.A)),
        np.broadcast_to(np.log(n_classes * reading.share + 1e-3), (n, n_classes)),
    ]
    top = np.take_along_axis(said.P, classes, 1)
    of_row = [
        top[:, 0],
        top[:, 0] - top[:, min(1, width - 1)],
        mean.max(1),
        has.sum(1) / max(reading.panel[1], 1.0),
    ]
    out = np.empty((n, width, len(FEATURES)), np.float32)
    for j, values in enumerate(of_class):
        out[:, :, j] = np.take_along_axis(values, classes, 1)
    j = len(of_class)
    out[:, :, j] = np.arange(width)
    for values in of_row:
        j += 1
        out[:, :, j] = values[:, None]
    out[:, :, j + 1 :] = reading.panel
    return classes, out


def answers_beside(o: PanelMass, e: Matrix | None, scale: float) -> Matrix:
    """Return the columns of answers and text (n, N K + d) that the ridge on both reads."""
    flat = (o.reshape(len(o), -1) / scale).astype(np.float32)
    return flat if e is None else np.hstack([flat, e])


def _answers_ridge(
    o: PanelMass, text: LeaveOneOut | None, T: Probs, y: Classes
) -> tuple[Probs | None, Ridge | None, float]:
    n, n_llms, n_classes = o.shape
    if n_llms * n_classes > MOST_COLUMNS:
        return None, None, 1.0
    scale = float(np.sqrt((o**2).sum() / max(n, 1))) or 1.0
    e = None if text is None else text.X[:, :-1]
    X = answers_beside(o, e, scale)
    rows = learned_from(y, MOST_ROWS)
    left_out, model = factorise(X[rows], penalty=ANSWERS_PENALTY).fit(T[rows])
    A = left_out
    if len(left_out) < n:
        A = model.predict(X)
        A[rows] = left_out
    return A, model, scale


def _weighted(o: PanelMass, weight: Vector) -> Probs:
    """Return the share (n, K) of the weight of LLMs (N,) that each class has."""
    out: Probs = np.einsum("nik,i->nk", o, weight) / max(float(weight.sum()), 1e-9)
    return out
