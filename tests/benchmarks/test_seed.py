import json

import numpy as np
from typer.testing import CliRunner

from mollia.errors import DataError
from mollia_benchmarks import DATA
from mollia_benchmarks.cli import app
from mollia_benchmarks.protocol import Cell
from mollia_benchmarks.seed import measure


def test_chosen_labels_beat_random_ones_and_do_not_spoil_the_confidence():
    """Means over two draws; docs/benchmarks-rows.md has ten."""
    found = {
        method: [
            measure(Cell(set="consumer_complaints", method=method, labels=60, draw=d), data=DATA, stops=[60])
            for d in range(2)
        ]
        for method in ("random", "batches")
    }
    means = {
        method: {name: np.mean([draw[name] for draw in draws]) for name in draws[0]}
        for method, draws in found.items()
    }
    assert means["batches"]["all 60"] > means["random"]["all 60"] + 0.005
    assert means["batches"]["ece 60"] < means["random"]["ece 60"] + 0.02


def test_the_command_writes_table_scores_and_plot(tmp_path):
    words = ["seed", "--labels", "20,15", "--sets", "consumer_complaints", "--draws", "1", "--processes", "1"]
    result = CliRunner().invoke(app, [*words, "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "| consumer_complaints: accuracy of all rows (ECE) | 15 | 20 |" in result.output
    scores = json.loads((tmp_path / "scores.json").read_text("utf-8"))
    assert {name.split()[1] for name in scores} == {"random", "doubt", "weighted_kmeans", "batches", "margin"}
    assert scores["consumer_complaints batches"]["all 15"] == scores["consumer_complaints random"]["all 15"]
    batches, random = (scores[f"consumer_complaints {name}"]["log_loss 20"] for name in ("batches", "random"))
    assert batches != random, "from the second ten on the rows differ"
    assert (tmp_path / "accuracy.svg").read_text("utf-8").startswith("<svg")


def test_an_unknown_strategy_is_told(tmp_path):
    result = CliRunner().invoke(app, ["seed", "--strategies", "margins", "--out", str(tmp_path)])
    assert isinstance(result.exception, DataError)
    assert 'mean "margin"' in str(result.exception)
