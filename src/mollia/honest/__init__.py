"""Figures that hold: intervals, calibration, cross-fitting."""

from mollia.honest.accuracy import cross_fitted_accuracy, estimate_accuracy
from mollia.honest.cross_fit import cross_fitted_posterior
from mollia.honest.intervals import clopper_pearson, wilson

__all__ = [
    "clopper_pearson",
    "cross_fitted_accuracy",
    "cross_fitted_posterior",
    "estimate_accuracy",
    "wilson",
]
