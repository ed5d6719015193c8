"""A stream that leaves what is known, and comes back: one word per change."""

import numpy as np

from mollia.honest.drift_watch import DriftWatch


def said(rng, n, sure, first=0.5):
    """What a classifier of two classes says of rows: so sure on average, so many of them of the first class."""
    p = np.clip(rng.normal(sure, 0.08, n), 0.5, 0.99)
    top = rng.random(n) < first
    return np.where(top[:, None], np.column_stack([p, 1 - p]), np.column_stack([1 - p, p]))


def test_rows_of_the_known_kind_raise_no_alarm():
    rng = np.random.default_rng(0)
    watch = DriftWatch(known=said(rng, 500, 0.8))
    assert watch.add(said(rng, 2000, 0.8)) == []


def test_leaving_changing_again_and_coming_back_are_each_said_once():
    rng = np.random.default_rng(1)
    watch = DriftWatch(known=said(rng, 500, 0.8))
    stream = [(300, 0.8, 0.5), (500, 0.65, 0.5), (500, 0.65, 0.95), (400, 0.8, 0.5)]
    changes = [change for n, sure, first in stream for change in watch.add(said(rng, n, sure, first))]
    assert [change.kind for change in changes] == ["left", "changed", "back"]
    assert [change.first for change in changes] == [301, 801, 1301]
    left, changed, _ = changes
    assert left.last == 400
    assert left.confidence < left.known
    assert changed.drift.in_seed > changed.drift.in_pool or changed.drift.widest == 1


def test_rows_come_one_by_one_or_together():
    rng = np.random.default_rng(2)
    known, stream = said(rng, 300, 0.8), np.concatenate([said(rng, 250, 0.8), said(rng, 250, 0.6)])
    together = DriftWatch(known=known).add(stream)
    single = DriftWatch(known=known)
    assert [change for row in stream for change in single.add(row[None])] == together
    assert [change.kind for change in together] == ["left"]


def test_without_known_rows_the_first_two_hundred_are_what_later_ones_are_compared_with():
    rng = np.random.default_rng(3)
    watch = DriftWatch()
    assert watch.add(said(rng, 400, 0.8)) == []
    (change,) = watch.add(said(rng, 100, 0.6))
    assert (change.kind, change.first) == ("left", 401)


def test_rows_without_a_prediction_count_and_are_not_compared():
    rng = np.random.default_rng(4)
    watch = DriftWatch(known=said(rng, 300, 0.8))
    rows = said(rng, 400, 0.8)
    rows[::2] = np.nan
    assert watch.add(rows) == []
    assert watch.seen == 400
