"""tests/cases/README.md, O9, too little gold, and O15, the accuracy figure."""

import re

import numpy as np
import pytest

from mollia.errors import LeakRefused
from mollia.fusion import fuse
from mollia.honest.accuracy import cross_fitted_accuracy, estimate_accuracy
from mollia.honest.intervals import clopper_pearson, wilson
from mollia.report.report import render_report

from .test_report import Page, table_of

K, N = 4, 300
NAMES = ("ok", "late", "broken", "other")


def fused_run(small, seen):
    """Return a run whose fused labels come from the default fuser, with 50 gold rows of the classes `seen`."""
    run = small(n=N, n_classes=K, n_seed=50 if seen else 0, seed_classes=seen or K, names=NAMES)
    y = np.full(N, -1)
    y[: len(run.seed)] = run.seed.y
    fused = fuse(run.panel, y, method="default", random_state=0)
    changes = {"fused": fused, "warnings": fused.notes}
    return small(n=N, n_classes=K, n_seed=len(run.seed), seed_classes=seen or K, names=NAMES, **changes)


@pytest.mark.parametrize("seen", [1, 3, 0])
def test_o9_the_tables_keep_four_columns_in_the_given_order(small, seen):
    run = fused_run(small, seen)
    assert run.fused.posterior.shape == (N, K)
    html = render_report(run)
    rows = table_of(html, "Classes")
    assert [row[0] for row in rows] == list(NAMES)
    if not seen:
        assert {len(row) for row in rows} == {4}, "no column of figures that nothing can give"
        return
    support = [int(row[5]) for row in rows]
    assert sum(support) == 50
    unseen = [name for name, number in zip(NAMES, support, strict=True) if not number]
    assert unseen == list(NAMES[seen:])
    for row, number in zip(rows, support, strict=True):
        if not number:
            assert row[7] == row[8] == "–", "no recall and no F1 of a class that no person showed"


def test_o9_one_class_says_which_rule_was_fallen_back_to_and_claims_no_calibration(small):
    run = fused_run(small, 1)
    assert not run.fused.calibrated
    words = Page(render_report(run)).words
    assert "All human labels are of one class: the fuser fell back to its prior weights" in words
    assert "uncalibrated" in words
    assert "Label rows of “late”, “broken” and “other”." in words


def test_o9_three_of_four_classes_make_no_claim_about_the_fourth(small):
    words = Page(render_report(fused_run(small, 3))).words
    assert "Label rows of “other”. No human label shows this class; nothing about it is calibrated." in words


def test_o9_without_gold_there_is_no_accuracy_figure_at_all(small):
    words = Page(render_report(fused_run(small, 0))).words
    assert "No accuracy figure: no human labels" in words
    assert not re.search(r"An estimated [\d.]+% of the labels are right", words)


@pytest.mark.parametrize(
    ("right", "n", "by_wilson", "by_clopper_pearson"),
    [
        (47, 50, (0.838, 0.979), (0.835, 0.988)),
        (50, 50, (0.929, 1.000), (0.929, 1.000)),
        (24, 30, (0.627, 0.905), (0.614, 0.923)),
    ],
)
def test_o15_point_interval_n_and_method(right, n, by_wilson, by_clopper_pearson):
    for found, (low, high) in (
        (wilson(right, n), by_wilson),
        (clopper_pearson(right, n), by_clopper_pearson),
    ):
        assert found.value == right / n
        assert (found.low, found.high) == (pytest.approx(low, abs=6e-4), pytest.approx(high, abs=6e-4))
        assert found.low < 1, "never [1, 1]"
        assert f"{n} human labels" in str(found)
        assert found.method in str(found)


def test_o15_the_same_rows_never_fit_and_score():
    label, y = np.zeros(80, np.int64), np.where(np.arange(80) < 50, 0, -1)
    with pytest.raises(LeakRefused):
        estimate_accuracy(label, y, trained=y >= 0)
    crossed = cross_fitted_accuracy(np.tile([0.9, 0.1], (50, 1)), np.zeros(50, np.int64), n_rows=30)
    assert "cross-fitted" in crossed.method
    assert (crossed.value, crossed.high) == (1.0, 1.0)
    assert crossed.low < 0.929, "wider than Wilson's from rows that trained nothing"


def test_o15_the_share_of_rows_labelled_stands_beside_the_accuracy(small):
    run = small(n=200, n_seed=50)
    assert "Every row has a label." in Page(render_report(run)).words
    source = ("human",) * 50 + ("panel",) * 140 + ("failed",) * 10
    assert (
        "95.0% of the rows have one; the others are blank."
        in Page(render_report(small(n=200, n_seed=50, source=source))).words
    )
