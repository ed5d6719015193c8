"""The frozen student: an encoder that does not learn, and a softmax head that does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError

from mollia import registry
from mollia.arrays import Classes, Floats, Mask, Matrix, Probs, Vector, most_probable
from mollia.parameters import STATE, TEXT, Constraints, check_parameters, offers, real
from mollia.protocols import Encoder
from mollia.randomness import generator
from mollia.student.features import features_of, is_fitted
from mollia.student.lessons import check_lessons
from mollia.student.softmax_head import Features, fit_head

AT_ONCE = 32_768  # texts predicted at a time
NOISE = 1e-3  # a weight noise's length, as a share of the weights'


class FrozenStudent(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Multinomial logistic regression on an encoder's features (protocol Student).

    Every `fit` starts from zero weights. Columns follow the columns of y, whether or not a class
    has a row; one class only, a single row and empty texts are not special cases.

    Parameters
    ----------
    encoder : str or Encoder
        A registered name or an encoder; one that is already fitted stays as it is.
    C : float
        Inverse strength of the ridge penalty, as in scikit-learn.
    random_state : int, optional
        Of `passes` and `deviations`.

    Attributes
    ----------
    classes_ : (K,)
        Class numbers 0 to K - 1.
    head_ : Head
        The weights (d, K) and intercepts (K,) of the classes.
    features_ : HeadFeatures
        What turns texts into the rows that the head reads.
    encoder_ : Encoder
        The fitted encoder.

    Examples
    --------
    >>> import numpy as np
    >>> from mollia.student import FrozenStudent
    >>> texts = ["refund my money", "where is my parcel", "money back please", "the parcel is late"]
    >>> student = FrozenStudent().fit(texts, np.eye(2)[[0, 1, 0, 1]])
    >>> student.predict(["I want my money back", "a parcel that is late"])
    array([0, 1])
    """

    _parameter_constraints: ClassVar[Constraints] = {
        "encoder": TEXT | offers("encode"),
        "C": real(0, above=True),
        "random_state": STATE,
    }

    def __init__(
        self, encoder: str | Encoder = "lexical", *, C: float = 10.0, random_state: int | None = 0
    ) -> None:
        self.encoder = encoder
        self.C = C
        self.random_state = random_state

    def fit(
        self,
        X: Sequence[str],
        y: Probs,
        *,
        sample_weight: Vector | None = None,
        negative: Mask | None = None,
        negative_weight: float = 0.0,
    ) -> Self:
        """Learn from texts and soft labels (n, K) with weights (n,) and Y- (n, K).

        Raises
        ------
        DataError
            Without rows, or when the shapes do not fit or labels are not distributions.
        """
        check_parameters(self)
        lessons = check_lessons(len(X), y, sample_weight, negative)
        self.encoder_: Encoder = self._encoder(X)
        self.features_ = features_of(self.encoder_).fit(X)
        self.head_ = fit_head(
            self.features_.transform(X),
            lessons.y,
            weight=lessons.weight,
            negative=lessons.negative,
            negative_weight=negative_weight,
            C=self.C,
        )
        self.classes_: Classes = np.arange(lessons.y.shape[1])
        return self

    def predict_proba(self, X: Sequence[str]) -> Probs:
        """Return class probabilities (n, K)."""
        self._check_fitted()
        parts = [X[at : at + AT_ONCE] for at in range(0, max(len(X), 1), AT_ONCE)]
        probs = [self.head_.predict_proba(self.features_.transform(part)) for part in parts]
        return probs[0] if len(probs) == 1 else np.concatenate(probs)

    def predict(self, X: Sequence[str]) -> Classes:
        """Return the most probable class numbers (n,)."""
        return most_probable(self.predict_proba(X))

    def embed(self, X: Sequence[str]) -> Matrix:
        """Return the encoder's vectors (n, d), which the query strategies measure distance in.

        An encoder given unfitted has learned from the training texts; give one fitted on the pool
        for distances that mean the same in every round.
        """
        self._check_fitted()
        return self.encoder_.encode(X)

    def passes(self, X: Sequence[str], n_passes: int = 5, *, drop: float = 0.1) -> Floats:
        """Return probabilities (n_passes, n, K) with a share `drop` of the features left out at random.

        The linear student's Monte Carlo dropout: the kept features grow by 1 / (1 - drop).
        """
        self._check_fitted()
        rows = self.features_.transform(X)
        rng = generator(self.random_state, "student", "passes")
        passes: Floats = np.stack(
            [self.head_.predict_proba(_dropped(rows, drop, rng)) for _ in range(n_passes)]
        )
        return passes

    def deviations(self, X: Sequence[str], n_noises: int = 5) -> Floats:
        """Return the relative change (n_noises, n, K) of the scores when the head's weights are shaken.

        A noise is Gaussian with the length of the weights times `NOISE`; the change is divided by the
        length of the row's unshaken scores (Li et al., AAAI 2024, and docs/method.md, section 5).
        """
        self._check_fitted()
        rows = self.features_.transform(X)
        scores = self.head_.scores(rows)
        length = np.maximum(np.linalg.norm(scores, axis=1, keepdims=True), 1e-12)
        rng = generator(self.random_state, "student", "deviations")
        shaken = (self.head_.shaken(NOISE, rng).scores(rows) for _ in range(n_noises))
        changes: Floats = np.stack([(each - scores) / length for each in shaken])
        return changes

    def _encoder(self, texts: Sequence[str]) -> Encoder:
        """Return the encoder; one that learns from texts and has not yet, fitted on these."""
        encoder = registry.find("encoder", self.encoder)() if isinstance(self.encoder, str) else self.encoder
        if hasattr(encoder, "fit") and not is_fitted(encoder):
            encoder = clone(encoder).fit(texts)
        made: Encoder = encoder
        return made

    def _check_fitted(self) -> None:
        if not hasattr(self, "head_"):
            raise NotFittedError("This student has learned nothing yet: call fit first.")


def _dropped(rows: Features, drop: float, rng: np.random.Generator) -> Features:
    """Return the rows (n, V) with each value set to 0 with probability `drop`, else grown."""
    if isinstance(rows, np.ndarray):
        return np.where(rng.random(rows.shape) < drop, 0.0, rows / (1 - drop))
    thinned = rows.copy()
    thinned.data = np.where(rng.random(rows.data.shape) < drop, 0.0, rows.data / (1 - drop))
    return thinned
