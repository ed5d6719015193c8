import numpy as np
import pytest
from sklearn.base import BaseEstimator

from mollia.records import PanelAnswers


class Memoriser(BaseEstimator):
    """Knows the labels it was given by heart (by id) and gives the panel's mean elsewhere.

    It scores 100 % on its own labels: whatever lets one of them through is caught.
    """

    def __init__(self, strength=1.0):
        self.strength = strength

    def fit(self, X, y, *, texts=None):
        assert len(X) == len(y)
        assert texts is None or len(texts) == len(X)
        self.classes_ = np.arange(X.n_classes)
        self.known_ = {id_: int(k) for id_, k in zip(X.ids, y, strict=True) if k >= 0}
        self.n_unlabelled_ = int((y < 0).sum())
        return self

    def predict_proba(self, X, *, texts=None):
        assert texts is None or len(texts) == len(X)
        out = X.c.mean(1) + 1e-6
        for row, id_ in enumerate(X.ids):
            if id_ in self.known_:
                out[row] = np.eye(X.n_classes)[self.known_[id_]] * self.strength + 1e-6
        return out / out.sum(1, keepdims=True)


@pytest.fixture
def memoriser():
    return Memoriser()


@pytest.fixture
def panel():
    """Return 400 answers of three LLMs, 70 % right each, 4 classes; and the truth."""
    rng = np.random.default_rng(3)
    n, n_llms, n_classes = 400, 3, 4
    gold = rng.integers(n_classes, size=n)
    said = np.where(rng.random((n, n_llms)) < 0.7, gold[:, None], rng.integers(n_classes, size=(n, n_llms)))
    c = np.eye(n_classes)[said]
    ids = tuple(f"r{i}" for i in range(n))
    return PanelAnswers(ids=ids, llms=("a", "b", "c"), z=np.zeros_like(c), c=c), gold
