"""The accuracy figure of a run: from people's audit sample, or from its own human labels by cross-fitting."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature

import numpy as np

from mollia.arrays import Classes, Probs, Rows
from mollia.honest.accuracy import cross_fitted_accuracy, estimate_accuracy
from mollia.honest.cross_fit import cross_fitted_posterior
from mollia.loop.human import KnownRows
from mollia.protocols import Fuser, Store
from mollia.records import Estimate, HumanLabels, PanelAnswers, Pool
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


def figure_from_people(
    store: Store, pool: Pool, known: KnownRows, label: Classes, cross_fitted: Probs | None
) -> Estimate | None:
    """Return the accuracy of label (n,) that people's labels show; None where they show none.

    An audit sample says it where there is one. Else the seed does, each row by its cross-fitted
    posterior (n, K); rows picked in a review are left out: they were picked for being hard.
    """
    audit = _in_pool(pool, store.human("audit"))
    audit[known.known] = -1  # a copy of the text was labelled elsewhere and trained
    if (audit >= 0).any():
        return estimate_accuracy(label, audit, trained=known.known)
    if cross_fitted is None:
        return None
    drawn = (_in_pool(pool, store.human("seed")) >= 0) & np.isfinite(cross_fitted[:, 0])
    if drawn.sum() < LEAST:
        return None
    others = int((~known.known).sum())
    return cross_fitted_accuracy(cross_fitted[drawn], known.y[drawn], n_rows=others)


def _in_pool(pool: Pool, labels: HumanLabels) -> Classes:
    """Return class numbers (n,) in the pool's order, -1 without a label."""
    number = dict(zip(labels.ids, labels.y.tolist(), strict=True))
    return np.array([number.get(id_, -1) for id_ in pool.ids], np.int64)
