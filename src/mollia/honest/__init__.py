"""Figures that hold: intervals, calibration, cross-fitting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mollia.optional import lazily

_HOMES = {
    "clopper_pearson": "mollia.honest.intervals",
    "cross_fitted_accuracy": "mollia.honest.accuracy",
    "cross_fitted_posterior": "mollia.honest.cross_fit",
    "estimate_accuracy": "mollia.honest.accuracy",
    "wilson": "mollia.honest.intervals",
}
__all__ = [
    "clopper_pearson",
    "cross_fitted_accuracy",
    "cross_fitted_posterior",
    "estimate_accuracy",
    "wilson",
]

if TYPE_CHECKING:
    from mollia.honest.accuracy import cross_fitted_accuracy, estimate_accuracy
    from mollia.honest.cross_fit import cross_fitted_posterior
    from mollia.honest.intervals import clopper_pearson, wilson


__getattr__ = lazily(__name__, _HOMES)
