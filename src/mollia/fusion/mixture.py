"""The default fuser: seeded soft Dawid-Skene, a stack, text co-training, temperature, blend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from threadpoolctl import threadpool_limits

from mollia.arrays import Classes, Floats, PanelMass, Probs, Rows, Vector, clog, one_hot, softmax
from mollia.fusion import calibrate
from mollia.fusion.checks import check_texts, human_labels, same_panel
from mollia.fusion.confusion import Settings, dawid_skene
from mollia.fusion.gate import gate
from mollia.fusion.molam import MoLAM
from mollia.fusion.observation import heard, log_observation, observe, probabilities
from mollia.fusion.ridge import LeaveOneOut, Ridge, factorise
from mollia.fusion.stack import Stack, fit_stack, prior_stack
from mollia.fusion.text_view import TextView, learn_text_view
from mollia.protocols import Encoder
from mollia.records import PanelAnswers

MIN_TEXTS = 30  # fewer rows cannot tell whether the text says anything
RIDGE_PENALTY = 0.3
W0 = (0.4, 0.3, 0.7)  # prior weights of log R, the mean log answer, log Q


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """What the stack sees: views (n, J, K), answers (n, N K), prior weights w0 (J,)."""

    views: Floats
    answers: Floats
    w0: Vector


class Mixture(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Mixture of the panel, the human labels and the text (FUSION.md).

    1. o_i: each LLM's answer as a distribution. 2. R: soft Dawid-Skene, human rows clamped.
    3. A stack of log R, the mean log answer and the text view, fitted on the human rows.
    4. Co-training: the fused posterior teaches a leave-one-out ridge on text vectors, whose
    prediction Q becomes the row's prior in 2 and a view in 3. 5. A gate shuts the text out where
    it does not tell the classes apart. 6. A temperature, cross-fitted on the human rows.
    7. From `blend_from` labels on, where there are label probabilities, MoLAM is blended in.

    Parameters
    ----------
    encoder : Encoder, optional
        Gives the text vectors; by default TF-IDF is learned from the texts.
    rounds : int
        Rounds of co-training.
    blend_from, blend : int, float
        From how many human labels MoLAM's log posterior counts, and with what weight.
    """

    def __init__(
        self,
        *,
        encoder: Encoder | None = None,
        rounds: int = 2,
        blend_from: int = 150,
        blend: float = 0.3,
        random_state: int | None = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.encoder = encoder
        self.rounds = rounds
        self.blend_from = blend_from
        self.blend = blend
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: PanelAnswers, y: Classes, *, texts: Sequence[str] | None = None) -> Self:
        """Learn from answers, class numbers y (n,) with -1 = none, and texts."""
        self.fit_predict_proba(X, y, texts=texts)
        return self

    def fit_predict_proba(self, X: PanelAnswers, y: Classes, *, texts: Sequence[str] | None = None) -> Probs:
        """Learn, and return the posterior of the same rows (n, K).

        A row's own posterior is left out of its text view, and a human row's own label out of
        its Dawid-Skene posterior.
        """
        y = human_labels(X, y)
        check_texts(X, texts)
        self.classes_ = np.arange(X.n_classes)
        self.llms_ = X.llms
        self.notes_: tuple[str, ...] = ()
        o = observe(X)
        self.n_heard_ = max(int(heard(o).any(0).sum()), 1)
        with threadpool_limits(1):  # many small products: waking threads costs more than they give
            columns = self._co_train(o, y, self._read(texts))
            self._fit_temperature(columns, y)
        self._say_what_is_thin(y[y >= 0])
        self._fit_molam(X, y)
        return self._posterior(X, columns)

    def predict_proba(self, X: PanelAnswers, *, texts: Sequence[str] | None = None) -> Probs:
        """Return the posterior (n, K) of rows taken as new, by what was learned.

        For the rows of `fit` themselves, `fit_predict_proba` is the better answer: there each
        row is left out of what is said of it. Without texts the text view is left out.
        """
        check_texts(X, texts)
        X = same_panel(self, X)
        o = observe(X)
        Q = None
        if self.ridge_ is not None and self.text_view_ is not None and texts is not None:
            Q = self.ridge_.predict(self.text_view_.transform(texts))
        prior = self.class_prior_ if Q is None else self._row_prior(Q)
        R = softmax(self.confusion_.log_likelihood(o) + prior)
        return self._posterior(X, self._columns(o, R, Q))

    def _co_train(self, o: PanelMass, y: Classes, ridge: LeaveOneOut | None) -> _Columns:
        """Learn steps 2 to 5; return the rows' columns in the last round."""
        settings = Settings()
        R, self.confusion_ = dawid_skene(o, y, settings=settings)
        self.class_prior_ = self.confusion_.log_prior
        self.gate_ = 0.0
        self.ridge_: Ridge | None = None
        columns = self._columns(o, R, None)
        self._fit_stack(columns, y)
        if ridge is None:
            return columns
        for round_ in range(self.rounds):
            P = softmax(self._scores(columns))
            T = np.where(y[:, None] >= 0, one_hot(y, o.shape[2]), P)
            Q, model = ridge.fit(T)
            if round_ == 0:
                self.gate_ = gate(P, Q)
                if self.gate_ == 0.0:
                    self._note("The text does not tell the classes apart here and was left out.")
                    break
            self.ridge_ = model
            R, self.confusion_ = dawid_skene(o, y, settings=settings, log_prior=self._row_prior(Q), start=T)
            columns = self._columns(o, R, Q)
            self._fit_stack(columns, y)
        return columns

    def _columns(self, o: PanelMass, R: Probs, Q: Probs | None) -> _Columns:
        L = log_observation(o)
        views = [clog(R, 1e-4), L.sum(1) / self.n_heard_]
        w0 = list(W0[:2])
        if self.ridge_ is not None:
            # A new row without a text has a flat Q.
            views.append(np.zeros_like(R) if Q is None else clog(Q, 1e-3))
            w0.append(W0[2] * self.gate_)
        answers = L.reshape(len(o), -1) * np.sqrt(5.0 / self.n_heard_)
        return _Columns(views=np.stack(views, 1), answers=answers, w0=np.array(w0))

    def _row_prior(self, Q: Probs) -> Floats:
        prior: Floats = self.gate_ * np.log(Q) + (1.0 - self.gate_) * self.class_prior_
        return prior

    def _scores(self, columns: _Columns) -> Floats:
        return self.stack_.scores(columns.views, columns.answers)

    def _fit_stack(self, columns: _Columns, y: Classes) -> None:
        rows = np.flatnonzero(y >= 0)
        if len(np.unique(y[rows])) < 2:  # noqa: PLR2004  # one class says nothing about the others
            self.stack_ = prior_stack(columns.w0, columns.answers.shape[1], columns.views.shape[2])
        else:
            self.stack_ = _learn_stack(columns, y, rows, n_human=len(rows))

    def _fit_temperature(self, columns: _Columns, y: Classes) -> None:
        rows = np.flatnonzero(y >= 0)
        n_seen = len(np.unique(y[rows]))
        self.calibrated_ = len(rows) >= calibrate.MIN_LABELS and n_seen > 1
        if not self.calibrated_:
            self.temperature_ = calibrate.FEW if len(rows) else calibrate.NONE
            return
        held_out = np.zeros((len(rows), columns.views.shape[2]))
        fold = calibrate.folds(len(rows))
        for j in range(calibrate.N_FOLDS):
            stack = _learn_stack(columns, y, rows[fold != j], n_human=len(rows))
            test = rows[fold == j]
            held_out[fold == j] = stack.scores(columns.views[test], columns.answers[test])
        self.temperature_ = calibrate.temperature(held_out, y[rows])

    def _fit_molam(self, X: PanelAnswers, y: Classes) -> None:
        self.molam_: MoLAM | None = None
        if (y >= 0).sum() >= self.blend_from and probabilities(X).any():
            self.molam_ = MoLAM(random_state=self.random_state, n_jobs=self.n_jobs).fit(X, y)

    def _posterior(self, X: PanelAnswers, columns: _Columns) -> Probs:
        P = softmax(self._scores(columns) / self.temperature_)
        if self.molam_ is None:
            return P
        log = (1.0 - self.blend) * np.log(P + 1e-12)
        return softmax(log + self.blend * np.log(self.molam_.predict_proba(X) + 1e-12))

    def _read(self, texts: Sequence[str] | None) -> LeaveOneOut | None:
        """Learn the text view; None where the texts give nothing to learn from."""
        self.text_view_: TextView | None = None
        if texts is None:
            return None
        if len(texts) < MIN_TEXTS:
            self._note(f"The texts were left out: there are fewer than {MIN_TEXTS}.")
            return None
        self.text_view_, e = learn_text_view(texts, encoder=self.encoder, random_state=self.random_state)
        if not e.any():
            self._note("The texts were left out: they hold no words.")
            return None
        return factorise(e, penalty=RIDGE_PENALTY)

    def _say_what_is_thin(self, seed: Classes) -> None:
        if len(seed) and len(np.unique(seed)) < 2:  # noqa: PLR2004  # one class
            self._note(
                "All human labels are of one class: the fuser fell back to its prior weights, "
                "and the confidence is uncalibrated."
            )
        elif 0 < len(seed) < calibrate.MIN_LABELS:
            self._note(
                f"There are fewer than {calibrate.MIN_LABELS} human labels: the confidence is uncalibrated."
            )

    def _note(self, sentence: str) -> None:
        self.notes_ = (*self.notes_, sentence)


def _learn_stack(columns: _Columns, y: Classes, rows: Rows, *, n_human: int) -> Stack:
    """Fit the stack on some human rows; the fewer human rows in all, the harder W is held."""
    penalty = 150.0 / columns.views.shape[2] * max(1.0, 50.0 / max(n_human, 1))
    return fit_stack(columns.views[rows], columns.answers[rows], y[rows], w0=columns.w0, penalty=penalty)
