"""Boosted trees that learned on other panels what speaks for a class: they move the posterior between a row's candidates.

    logit P'_k = logit P_k + f(line of k),   the candidates' mass is kept

f was taught with recorded panels whose gold labels are known (`mollia bench fusion --learn`), each set counting alike;
which texts, classes and LLMs they are is not in a line (`candidates.FEATURES`). No label of the panel at hand is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from mollia.arrays import Floats, Matrix, Probs, Rows
from mollia.errors import DataError

if TYPE_CHECKING:
    from xgboost import Booster

# The shipped ones, the path of others, or a function of P (n, K), candidate classes (n, C) and their lines (n, C, d).
Trees = str | Callable[[Probs, Rows, Matrix], Probs]
SHIPPED = "shipped"
FILE = "panel_trees.json"
CHUNK = 20_000  # rows whose lines are read at a time
LEAST = 1e-4  # a probability stays this far from 0 and 1 before its log odds


def log_odds(P: Floats) -> Floats:
    """Return log(P / (1 - P)), bounded."""
    out: Floats = special.logit(np.clip(P, LEAST, 1 - LEAST))
    return out


def reweigh(trees: Trees, P: Probs, classes: Rows, lines: Matrix) -> Probs:
    """Return the posterior (n, K) with the mass of the candidate classes (n, C) shared anew by their lines (n, C, d).

    Raises
    ------
    DataError
        When a file of trees cannot be read.
    """
    if not isinstance(trees, str):
        return trees(P, classes, lines)
    booster = _load(trees)
    out = P.copy()
    for start in range(0, len(P), CHUNK):
        rows = slice(start, start + CHUNK)
        before = np.take_along_axis(P[rows], classes[rows], 1)
        margin = booster.inplace_predict(
            lines[rows].reshape(-1, lines.shape[2]),
            base_margin=log_odds(before).ravel(),
            predict_type="margin",
            missing=np.nan,
        )
        after = special.expit(np.asarray(margin, np.float64).reshape(before.shape))
        after *= before.sum(1, keepdims=True) / after.sum(1, keepdims=True)
        np.put_along_axis(out[rows], classes[rows], after, 1)
    return out


def taught_by(trees: str) -> tuple[str, ...]:
    """Return the recorded panels whose gold labels taught some trees: figures on those say nothing of others."""
    return tuple((_load(trees).attr("sets") or "").split())


@cache
def _load(trees: str) -> Booster:
    from xgboost import Booster  # noqa: PLC0415  # slow to import
    from xgboost.core import XGBoostError  # noqa: PLC0415  # likewise

    booster = Booster({"nthread": 1})
    try:
        path = files("mollia.fusion") / FILE if trees == SHIPPED else Path(trees)
        booster.load_model(bytearray(path.read_bytes()))
    except (OSError, XGBoostError) as error:
        raise DataError(
            f"{trees} does not hold trees that XGBoost can read.",
            hint="Write it with `mollia bench fusion --learn`.",
        ) from error
    return booster
