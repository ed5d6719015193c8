"""The accuracy figure of a fuser on its own human labels, by cross-fitting."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature

import numpy as np

from mollia.arrays import Classes, Probs, Rows
from mollia.honest.accuracy import cross_fitted_accuracy
from mollia.honest.cross_fit import cross_fitted_posterior
from mollia.protocols import Fuser
from mollia.records import Estimate, PanelAnswers
from mollia.registry import find

LEAST = 10  # human labels of different texts below which cross-fitting says nothing


def estimated(
    panel: PanelAnswers,
    y: Classes,
    texts: Sequence[str] | None,
    groups: Rows,
    *,
    method: str,
    random_state: int | None,
) -> tuple[Probs | None, Estimate | None]:
    """Return the cross-fitted posterior (n, K; NaN in rows without a label) and the accuracy it implies.

    y (n,) holds labels that people gave to these very rows, -1 elsewhere; copies of a labelled text
    (equal `groups`) neither train the fuser that judges it nor count as rows the figure speaks for.
    (None, None) with too few labels.
    """
    rows = np.flatnonzero(y >= 0)
    if len(np.unique(groups[rows])) < LEAST:
        return None, None
    maker = find("fuser", method)
    takes_state = "random_state" in signature(maker).parameters
    fuser: Fuser = maker(random_state=random_state) if takes_state else maker()
    found = cross_fitted_posterior(fuser, panel, y, texts, random_state=random_state, groups=groups)
    posterior = np.full((len(y), panel.n_classes), np.nan)
    posterior[rows] = found
    others = int((~np.isin(groups, groups[rows])).sum())
    return posterior, cross_fitted_accuracy(found, y[rows], n_rows=others)
