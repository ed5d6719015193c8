"""The accuracy figure of a run: from people's audit sample, or from its own human labels by cross-fitting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from inspect import signature

import numpy as np

from mollia.arrays import Classes, Probs, Rows, Vector
from mollia.honest.accuracy import CROSS_FITTED, EQUAL, REFIT, WORTH, cross_fitted_accuracy, estimate_accuracy
from mollia.honest.cross_fit import cross_fitted_posterior
from mollia.honest.prediction_powered import prediction_powered
from mollia.loop.human import KnownRows
from mollia.protocols import Fuser, Store
from mollia.records import Estimate, HumanLabels, PanelAnswers, Pool, Use
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
    labels: dict[Use, HumanLabels] = {"seed": store.human("seed"), "audit": store.human("audit")}
    return figure_from_labels(labels, pool, known, label, cross_fitted)


def figure_from_labels(
    labels: Mapping[Use, HumanLabels],
    pool: Pool,
    known: KnownRows,
    label: Classes,
    cross_fitted: Probs | None,
) -> Estimate | None:
    """Return the accuracy of label (n,) that labels for the uses "audit" and "seed" show, as above.

    A seed row that was not drawn by chance is left out where others of the seed say their chance.
    """
    if "audit" in labels:
        audit, chance = _in_pool(pool, labels["audit"])
        audit[known.known] = -1  # a copy of the text was labelled elsewhere and trained
        if (audit >= 0).any():
            all_known = np.isfinite(chance[audit >= 0]).all()
            return estimate_accuracy(label, audit, trained=known.known, chance=chance if all_known else None)
    if cross_fitted is None:
        return None
    y, chance = _in_pool(pool, labels["seed"])
    drawn = (y >= 0) & np.isfinite(cross_fitted[:, 0])
    if np.isfinite(chance[drawn]).any():
        drawn &= np.isfinite(chance)
    if drawn.sum() < LEAST:
        return None
    others = int((~known.known).sum())
    return _weighted(cross_fitted[drawn], known.y[drawn], chance[drawn], n_rows=others)


def _in_pool(pool: Pool, labels: HumanLabels) -> tuple[Classes, Vector]:
    """Return class numbers and chances (n,) in the pool's order, -1 and NaN without a label."""
    place = {id_: i for i, id_ in enumerate(labels.ids)}
    at = np.array([place.get(id_, -1) for id_ in pool.ids], np.int64)
    y, chance = np.append(labels.y, -1)[at], np.append(labels.chance, np.nan)[at]
    return y, chance


def _weighted(posterior: Probs, y: Classes, chance: Vector, *, n_rows: int) -> Estimate | None:
    """Return the accuracy of a cross-fitted posterior (m, K) for labels y (m,), drawn with these chances."""
    if not np.isfinite(chance).all() or np.ptp(chance) < EQUAL:
        return cross_fitted_accuracy(posterior, y, n_rows=n_rows)
    nothing = np.full(n_rows + len(y), 0.5)  # no prediction helps: the rows count by 1 / chance alone
    right = posterior.argmax(1) == y
    found = prediction_powered(right, nothing[: len(y)], nothing, chance=chance, worth=WORTH)
    return replace(found, n_rows=n_rows, method=f"{CROSS_FITTED}, weighted by chance", caveats=(REFIT,))
