"""The supervised view: kernel ridge on the human rows alone, over text and answers together.

    k(x, x') = e.e' + exp(-2 H^2) + L.L'

e: text vectors; H^2: mean squared Hellinger distance of the LLMs' answers o, which lets it learn
what a *combination* of answers means, as MoLAM's trees do; L: log answers at mean squared norm 1.
With few labels it says little; from a few hundred on it knows what no unsupervised panel
knows. Leaving a human row out is closed-form.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mollia.arrays import Classes, Floats, Matrix, PanelMass, Probs, Vector, one_hot
from mollia.fusion.observation import log_observation
from mollia.fusion.ridge import as_probs

PENALTIES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
MAX_LANDMARKS = 2000  # of more human rows a random part serves: the fit is cubic in them
MANY = 4_000_000  # pairs of rows and human rows above which rows are read in single precision
CHUNK = 20_000  # rows whose kernel is held at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What the kernel compares: three blocks of columns (n, .)."""

    text: Matrix
    roots: Floats  # square roots of o, over sqrt(2 N), N being the LLMs that said something
    logs: Floats

    def __len__(self) -> int:
        return len(self.roots)

    def __getitem__(self, rows: Classes | slice) -> Features:
        """Return the features of some rows."""
        return Features(text=self.text[rows], roots=self.roots[rows], logs=self.logs[rows])

    def kernel(self, other: Features) -> Floats:
        """Return k (n, m) between these rows and others."""
        k: Floats = self.roots @ other.roots.T
        k *= -2.0
        k += (self.roots**2).sum(1)[:, None] + (other.roots**2).sum(1)
        np.maximum(k, 0.0, out=k)
        k *= -2.0
        np.exp(k, out=k)
        k += self.text @ other.text.T
        k += self.logs @ other.logs.T
        return k


def log_scale(o: PanelMass) -> float:
    """Return the root mean square norm of the rows' log answers."""
    return float(np.sqrt((log_observation(o) ** 2).sum() / max(len(o), 1))) or 1.0


def make_features(o: PanelMass, e: Matrix | None, scale: float, *, answered: int) -> Features:
    """Return the features of rows with answers o (n, N, K), `answered` LLMs having said something, and vectors e (n, d)."""
    n, n_llms, n_classes = o.shape
    return Features(
        text=np.zeros((n, 0), np.float32) if e is None else e,
        roots=np.sqrt(o).reshape(n, n_llms * n_classes) / np.sqrt(2 * max(answered, 1)),
        logs=log_observation(o).reshape(n, n_llms * n_classes) / scale,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class JointKernel:
    """Fitted: human rows' features, dual coefficients (m, K), class shares (K,)."""

    landmarks: Features
    dual: Floats
    shares: Vector
    penalty: float

    @property
    def text_coef(self) -> Floats:
        """The text's part as a linear model, (d, K)."""
        coef: Floats = self.landmarks.text.T @ self.dual
        return coef

    def predict_new(self, features: Features, words: Floats | float) -> Probs:
        """Return J (n, K) for new rows by their answers alone and `words` (n, K), what `text_coef` says of their texts.

        The same as `predict`, to single precision, in a third of the time.
        """
        marks = self.landmarks.roots.astype(np.float32)
        rows = features.roots.astype(np.float32)
        k = (4 * rows) @ marks.T
        k -= 2 * (rows**2).sum(1)[:, None]
        k -= 2 * (marks**2).sum(1)
        np.minimum(k, 0.0, out=k)
        np.exp(k, out=k)
        logs = features.logs @ (self.landmarks.logs.T @ self.dual)
        return as_probs(k @ self.dual.astype(np.float32) + logs + words + self.shares)

    def predict(self, features: Features) -> Probs:
        """Return J (n, K) for rows, each taken as new."""
        if len(features) * len(self.landmarks) > MANY:
            return self.predict_new(features, features.text @ self.text_coef)
        chunks = [
            features[start : start + CHUNK].kernel(self.landmarks) @ self.dual
            for start in range(0, len(features), CHUNK)
        ]
        return as_probs(np.concatenate([*chunks, np.zeros((0, len(self.shares)))]) + self.shares)


def fit_joint_kernel(
    features: Features, y: Classes, n_classes: int, weight: Vector | None = None
) -> tuple[JointKernel, Probs]:
    """Fit on human rows; return the model and J (m, K) with each row left out.

    The penalty is the one with the least left-out squared error. `weight` (m,) is how much a row counts, by default 1.
    """
    T = one_hot(y, n_classes)
    shares = np.average(T, axis=0, weights=weight)
    T -= shares
    root = np.ones((len(y), 1)) if weight is None else np.sqrt(weight)[:, None]
    values, vectors = np.linalg.eigh(root * features.kernel(features) * root.T)
    values = np.maximum(values, 0.0)
    turned = vectors.T @ (root * T)
    least = np.inf
    for candidate in PENALTIES:
        inverse = 1.0 / (values + candidate)
        alpha = (vectors * inverse) @ turned
        missed = alpha / ((vectors**2) @ inverse)[:, None]  # T minus its left-out prediction, times the root
        error = float((missed**2).sum())
        if error < least:
            least, penalty, dual, left_out = error, candidate, root * alpha, T - missed / root
    model = JointKernel(landmarks=features, dual=dual, shares=shares, penalty=penalty)
    return model, as_probs(left_out + shares)
