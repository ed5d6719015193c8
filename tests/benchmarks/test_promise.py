import json

import numpy as np
import pytest
from typer.testing import CliRunner

from mollia.panel.promise import at_most
from mollia_benchmarks.cli import app
from mollia_benchmarks.promise import records_of
from mollia_benchmarks.promise_choice import (
    Record,
    choose_drift,
    choose_refitted,
    kept_by,
    ticket_by,
    without,
)
from mollia_benchmarks.protocol import Cell

CELL = Cell(set="parcels", method="tickets", labels=50, draw=0)


def record(**of):
    return Record(
        **(
            {
                "set": "parcels",
                "draw": 0,
                "n": 1000.0,
                "cost": 0.5,
                "loss": 0.002,
                "changed": 0.05,
                "lost": 0.0,
                "moved": 0.1,
            }
            | of
        )
    )


@pytest.fixture
def drifting():
    """Records of panels whose changed labels are misjudged by a standard deviation of .3 per label."""
    rng = np.random.default_rng(0)
    return [
        record(
            set=f"s{i % 40}",
            n=1e6,
            changed=changed,
            lost=0.002 + 0.3 * changed * float(rng.normal()),
        )
        for i, changed in enumerate(rng.uniform(0.01, 0.2, 2000))
    ]


def test_the_drift_chosen_is_that_of_the_panels(drifting):
    assert choose_drift(drifting) in {0.3, 0.35}, "at .3 exactly nine of ten are kept, give or take"
    assert choose_drift([record(lost=each.loss) for each in drifting]) == 0.05


def test_a_drift_that_keeps_too_few_promises_is_raised():
    records = [record(set=f"s{i}", n=1e6, lost=0.012 if i < 15 else 0.002) for i in range(100)]
    assert choose_drift(records) == 0.2, "a root mean square of .08 per changed label keeps 85 of 100"


def test_each_set_counts_the_same_however_many_records_it_has(drifting):
    calm = [record(set="calm", lost=0.0) for _ in range(20_000)]
    assert choose_drift([*drifting, *calm]) >= 0.3


def test_a_family_is_left_out_whole():
    family_of = {"a_1": "a", "a_2": "a", "b_1": "b"}
    records = [record(set=name) for name in family_of]
    assert [each.set for each in without(records, family_of, "a")] == ["b_1"]


def test_labels_that_change_are_counted_for_one_on_the_pilot_and_rounded_up():
    assert choose_refitted([record(changed=0.05, moved=0.1)], 2.5) == 5.0
    assert choose_refitted([record(changed=0.05, moved=0.051)], 1.0) == 1.5


def test_the_ticket_is_the_cheapest_within_the_bound_and_else_the_whole_panel():
    cheap, dear = record(cost=0.2, changed=0.2), record(cost=0.6, changed=0.01, lost=0.004)
    found = ticket_by([cheap, dear], 0.01, 0.2)
    assert found is dear
    kept = kept_by(found, CELL, 0.2)
    assert (kept.cost, kept.lost) == (0.6, 0.004)
    assert kept.promised == at_most(0.002, 0.01, 1000, drift=0.2) <= 0.01
    assert ticket_by([cheap], 0.01, 0.2) is None
    assert kept_by(None, CELL, 0.2).cost == 1.0


def test_a_cells_scores_are_its_records():
    scores = {
        f"{i} {name}": float(i)
        for i in range(2)
        for name in ("n", "cost", "loss", "changed", "lost", "moved")
    }
    assert [each.loss for each in records_of(CELL, scores)] == [0.0, 1.0]


def test_what_is_promised_is_measured_with_constants_of_the_other_family(tmp_path):
    words = ["promise", "--sets", "arxiv_review,political_inconsistency", "--draws", "1", "--rows", "300"]
    words += ["--processes", "1", "--out", str(tmp_path)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    written = (tmp_path / "table.md").read_text()
    assert "| arxiv | 1 |" in written
    assert written.count("| political_inconsistency |") == 1
    kept = json.loads((tmp_path / "scores.json").read_text())
    for what in ("tickets", "cascade"):
        found = kept[f"{what} arxiv_review 0"]
        assert found["promised"] >= 0
        assert 0 < found["cost"] <= 1
        assert found["family"] == "arxiv"
    assert kept["family arxiv"]["drift"] >= 0.05
    before = len(list((tmp_path / "cells-300").iterdir()))
    again = CliRunner().invoke(app, words)
    assert again.output.endswith(written + "\n")
    assert before == len(list((tmp_path / "cells-300").iterdir()))


def test_one_family_leaves_nothing_to_choose_on(tmp_path):
    words = ["promise", "--sets", "banking77_small_llms,icl_banking77", "--out", str(tmp_path)]
    result = CliRunner().invoke(app, words)
    assert "of one family" in str(result.exception)
