import json

import numpy as np
import pytest
from typer.testing import CliRunner

from mollia.errors import DataError
from mollia_benchmarks import DATA
from mollia_benchmarks.cli import app
from mollia_benchmarks.fusion import measure, run
from mollia_benchmarks.job import Job
from mollia_benchmarks.protocol import Cell

# Means over draws 0 and 1 must stay above (accuracy) and below (calibration error). The ten-draw
# means are in docs/benchmarks-fusers.md.
BOUNDS = {
    "policy_en": (0.68, 0.13),
    "consumer_complaints": (0.763, 0.09),
    "arxiv_review": (0.91, 0.07),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_default_at_fifty_labels_stays_where_it_was(name):
    draws = [measure(Cell(set=name, method="default", labels=50, draw=d), data=DATA) for d in range(2)]
    accuracy, ece = BOUNDS[name]
    assert np.mean([draw["accuracy"] for draw in draws]) > accuracy
    assert np.mean([draw["ece"] for draw in draws]) < ece


@pytest.mark.parametrize(
    "method", ["molam", "molam_repaired", "molam_normalised", "vote", "mean", "dawid_skene", "best_llm"]
)
def test_default_beats_the_others_at_fifty_labels(method):
    cells = [Cell(set="consumer_complaints", method=m, labels=50, draw=0) for m in ("default", method)]
    default, other = (measure(cell, data=DATA)["accuracy"] for cell in cells)
    assert 0.6 < other < default


def test_run_writes_table_figures_and_plot_and_goes_on(tmp_path):
    said = []
    job = Job(sets=["policy_en"], out=tmp_path, say=said.append)
    wanted = {"methods": ["vote", "mean"], "labels": [0, 20]}
    run(job, **wanted, draws=1)
    text = run(job, **wanted, draws=2)
    assert len(said) == 8
    assert text == (tmp_path / "table.md").read_text("utf-8")
    assert text.startswith(
        "Means over 2 draws of the human labels.\n\n| policy_en: accuracy (ECE) | 0 | 20 |"
    )
    assert "| vote | 20 |" in text, "the calibration table"
    assert text == run(job, **wanted, draws=1), "a measured draw is not thrown away"
    assert json.loads((tmp_path / "scores.json").read_text())["policy_en vote 0"]["accuracy"][0] > 0.6
    assert (tmp_path / "accuracy.svg").read_text().startswith("<svg")


def test_the_command_runs(tmp_path):
    words = ["fusion", "--labels", "0", "--sets", "policy_en", "--methods", "vote", "--draws", "1"]
    result = CliRunner().invoke(app, [*words, "--out", str(tmp_path), "--processes", "1"])
    assert result.exit_code == 0
    assert ".64" in result.output


@pytest.mark.parametrize(
    ("wrong", "message"), [("--labels=ten", "not a number"), ("--methods=votes", 'mean "vote"')]
)
def test_wrong_options_are_data_errors(tmp_path, wrong, message):
    result = CliRunner().invoke(app, ["fusion", wrong, "--out", str(tmp_path)])
    assert isinstance(result.exception, DataError)
    assert message in str(result.exception)
