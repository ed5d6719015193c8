"""Simulated panels whose LLMs' worth is known, and refits of them."""

import numpy as np
import pytest

from mollia.arrays import normalise
from mollia.fusion import DawidSkene
from mollia.panel.costs import Asking, make_costs
from mollia.panel.refits import Refits, posterior_of
from mollia.records import PanelAnswers


def simulate(accuracies, *, n=600, n_classes=3, seed=0, with_z=False):
    """Return answers and gold (n,); LLM i is right in a share accuracies[i] of the rows, errors at random."""
    rng = np.random.default_rng(seed)
    gold = rng.integers(n_classes, size=n)
    right = rng.random((n, len(accuracies))) < np.array(accuracies)
    wrong = (gold[:, None] + rng.integers(1, n_classes, size=right.shape)) % n_classes
    c = np.eye(n_classes)[np.where(right, gold[:, None], wrong)]
    z = np.zeros_like(c)
    if with_z:
        z = normalise(c + 0.5 * rng.dirichlet(np.ones(n_classes), size=right.shape))
    llms = tuple(f"llm{i}" for i in range(len(accuracies)))
    return PanelAnswers(ids=tuple(map(str, range(n))), llms=llms, z=z, c=c), gold


def drawn(gold, n_labels=50, seed=0):
    """Return y (n,) with n_labels random human labels, -1 elsewhere."""
    y = np.full(len(gold), -1)
    rows = np.random.default_rng(seed).permutation(len(gold))[:n_labels]
    y[rows] = gold[rows]
    return y


def refits_of(X, y, fuser=None, texts=None):
    """Refits with Dawid-Skene, the whole panel's posterior as reference."""
    fuser = fuser or DawidSkene()
    return Refits(fuser=fuser, X=X, y=y, texts=texts, reference=posterior_of(fuser, X, y, texts))


def costs_of(refits, samples=None, **of):
    """Costs of 1 a call, or as given by LLM."""
    asking = {llm: Asking(calls=of.get(llm, 1.0)) for llm in refits.X.llms}
    return make_costs(refits.parts, asking, samples=samples or {}, unit="calls")


@pytest.fixture
def simulator():
    return simulate


@pytest.fixture
def drawer():
    return drawn


@pytest.fixture
def refitted():
    return refits_of


@pytest.fixture
def priced():
    return costs_of
