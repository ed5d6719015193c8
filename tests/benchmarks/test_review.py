import json

import numpy as np
import pytest

from mollia.errors import DataError
from mollia_benchmarks import DATA
from mollia_benchmarks.job import Job
from mollia_benchmarks.protocol import Cell, draw_rows
from mollia_benchmarks.review import measure, reviews_needed, run


def test_reviews_needed_reads_a_curve_backwards():
    curve = {10: 0.5, 20: 0.7, 30: 0.6, 40: 0.9}
    assert reviews_needed(curve, 0.4) == 10
    assert reviews_needed(curve, 0.6) == pytest.approx(15)
    assert reviews_needed(curve, 0.75) == pytest.approx(35)
    assert reviews_needed(curve, 0.95) == float("inf")


def test_an_unknown_order_is_refused(tmp_path):
    with pytest.raises(DataError, match=r'no order "usefull".*Did you mean "useful"'):
        run(Job(sets=["policy_en"], out=tmp_path), orders=["usefull"], reviews=20, draws=1)


def test_all_orders_start_alike_and_a_replay_stops_at_its_number():
    cells = {
        order: measure(Cell(set="consumer_complaints", method=order, labels=30, draw=0), data=DATA)
        for order in ("useful", "random")
    }
    for scores in cells.values():
        assert [name for name in scores if name.startswith("accuracy")] == [
            f"accuracy {n}" for n in (15, 20, 30)
        ]
        assert all(np.diff([scores[f"minutes {n}"] for n in (15, 20, 30)]) > 0)
    assert cells["useful"]["accuracy 15"] == cells["random"]["accuracy 15"]
    assert draw_rows(1000, 15, 0).tolist() == draw_rows(1000, 30, 0)[:15].tolist()


def test_chosen_reviews_are_worth_more_than_random_ones(tmp_path):
    told = []
    job = Job(sets=["consumer_complaints", "icl_clinic150"], out=tmp_path, say=told.append)
    said = run(job, orders=["useful", "random"], reviews=60, draws=2)
    assert told[0].startswith("icl_clinic150 is left out: 453 random rows come first")
    curves = json.loads((tmp_path / "curves.json").read_text())
    chosen = curves["consumer_complaints useful accuracy"]["60"]
    needed = reviews_needed(
        {int(n): value for n, value in curves["consumer_complaints random accuracy"].items()}, chosen
    )
    assert needed > 75
    assert said.startswith("| consumer_complaints | accuracy at 30 | random needs |")
    assert (tmp_path / "accuracy.svg").read_text().startswith("<svg")


def test_too_few_reviews_for_every_set_are_refused(tmp_path):
    with pytest.raises(DataError, match="20 reviews are too few for policy_en") as refused:
        run(Job(sets=["policy_en"], out=tmp_path, say=lambda _: None), orders=["useful"], reviews=20, draws=1)
    assert "--reviews 73" in refused.value.hint
