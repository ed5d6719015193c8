"""The few names a notebook needs, and what importing them costs."""

import subprocess
import sys

import numpy as np
import pytest

import mollia
from mollia.fusion import DawidSkene, Mean, Mixture, MoLAM, Vote
from mollia.query import entropy, random_draw
from mollia.student import FrozenStudent

HEAVY = (
    "sklearn",
    "scipy",
    "xgboost",
    "pandas",
    "polars",
    "pyarrow",
    "torch",
    "onnxruntime",
    "httpx2",
    "typer",
)


def test_exactly_the_intended_names_are_public():
    assert mollia.__all__ == [
        "MolliaClassifier",
        "PanelAnswers",
        "Result",
        "Task",
        "TextFormat",
        "__version__",
        "estimate_accuracy",
        "fuse",
        "load_student",
        "read_panel",
        "run",
    ]
    for name in mollia.__all__:
        assert getattr(mollia, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        mollia.no_such_name  # noqa: B018  # the look-up is the test


def test_import_mollia_loads_nothing_heavy():
    code = f"import mollia, sys; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_panel_built_from_arrays_is_fused():
    c = np.array([[[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]] * 6 + [[[0.0, 1.0]] * 3] * 6)
    panel = mollia.PanelAnswers(
        ids=[str(i) for i in range(12)], llms=["a", "b", "c"], z=np.zeros_like(c), c=c
    )
    y = np.full(12, -1)
    y[0], y[11] = 0, 1
    fused = mollia.fuse(panel, y)
    assert fused.posterior.shape == (12, 2)
    assert fused.label.tolist() == [0] * 6 + [1] * 6
    assert fused.negative.shape == (12, 2)


def test_the_estimators_live_in_their_packages():
    for estimator in (DawidSkene, Mean, Mixture, MoLAM, Vote, FrozenStudent):
        assert estimator().get_params() is not None
    assert callable(entropy)
    assert callable(random_draw)
