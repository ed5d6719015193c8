from pathlib import Path

import numpy as np
import pytest

from mollia.records import Fused, Pool


@pytest.fixture
def written(tmp_path):
    """Write text or bytes to a file below a folder with a blank and an accent; return its path."""

    def write(name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / "data sets" / "répertoire" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


@pytest.fixture
def fused():
    """A Fused of n rows over K classes with distinct probabilities."""

    def make(n: int, n_classes: int, *, calibrated: bool = True) -> Fused:
        posterior = np.random.default_rng(n).dirichlet(np.ones(n_classes), n)
        return Fused(
            posterior=posterior,
            negative=posterior < 0.1,
            human=np.zeros(n, bool),
            method="vote",
            calibrated=calibrated,
        )

    return make


@pytest.fixture
def small_pool():
    return Pool(ids=("a", "b"), texts=("one", "two"), gold=np.array([-1, -1]))
