"""Panels of simulated LLMs whose accuracy is known."""

from collections.abc import Callable

import numpy as np
import pytest

from mollia.arrays import normalise
from mollia.records import PanelAnswers

Simulated = tuple[PanelAnswers, np.ndarray, list[str]]

WORDS = ("refund", "parcel", "invoice", "login", "broken", "thanks", "colour", "battery")


def simulate(
    n: int = 300,
    *,
    n_classes: int = 4,
    accuracies: tuple[float, ...] = (0.85, 0.75, 0.65),
    telling_texts: bool = True,
    seed: int = 0,
) -> Simulated:
    """Return answers, gold (n,) and texts; LLM i is right in a share accuracies[i] of the rows."""
    rng = np.random.default_rng(seed)
    gold = rng.integers(n_classes, size=n)
    n_llms = len(accuracies)
    right = rng.random((n, n_llms)) < np.array(accuracies)
    wrong = (gold[:, None] + rng.integers(1, n_classes, size=(n, n_llms))) % n_classes
    said = np.where(right, gold[:, None], wrong)
    c = np.eye(n_classes)[said]
    z = normalise(c + rng.dirichlet(np.ones(n_classes), size=(n, n_llms)) * 0.5)
    topic = gold if telling_texts else rng.integers(n_classes, size=n)
    texts = [
        f"{WORDS[k % 8]} {WORDS[(k + 3) % 8]}{k} about {WORDS[rng.integers(8)]} {rng.integers(50)}"
        for k in topic
    ]
    llms = tuple(f"llm{i}" for i in range(n_llms))
    return PanelAnswers(ids=tuple(map(str, range(n))), llms=llms, z=z, c=c), gold, texts


def draw(gold: np.ndarray, n_labels: int, seed: int = 0) -> np.ndarray:
    """Return y (n,) with n_labels random human labels, -1 elsewhere."""
    y = np.full(len(gold), -1)
    rows = np.random.default_rng(seed).permutation(len(gold))[:n_labels]
    y[rows] = gold[rows]
    return y


@pytest.fixture
def panel() -> Simulated:
    return simulate()


@pytest.fixture
def simulator() -> Callable[..., Simulated]:
    return simulate


@pytest.fixture
def drawer() -> Callable[..., np.ndarray]:
    return draw
