"""`mollia bench demo`: the demo over draws of its human labels."""

import json

from typer.testing import CliRunner

from mollia_benchmarks.cli import app
from mollia_benchmarks.demo import table


def draw(number, *, right, estimate, held):
    return {
        "random_state": number,
        "accuracy_against_gold": {"mollia's labels": right, "best single LLM": 0.5},
        "confidence_against_gold": {"mollia's labels": 0.6, "best single LLM": None},
        "reviews_to_90_percent": {"mollia's labels": 300 + number, "best single LLM": 600},
        "accuracy_measured": {"value": right},
        "accuracy_estimate": {"value": estimate},
        "accuracy_estimate_held": held,
    }


DRAWS = [draw(0, right=0.70, estimate=0.60, held=True), draw(1, right=0.64, estimate=0.80, held=False)]


def test_the_table_has_mean_least_and_most_and_says_how_often_the_estimate_held():
    lines = table(DRAWS).splitlines()
    assert lines[2] == "| mollia's labels | 67.0% | 64.0% | 70.0% | 60% | 300 |"
    assert lines[3] == "| best single LLM | 50.0% | 50.0% | 50.0% | – | 600 |"
    assert "held in 1 of 2 draws" in lines[5]
    assert "by +3.0 points on average, by -10.0 to +16.0" in lines[6]


def test_draws_that_are_there_are_not_run_again(tmp_path):
    for each in DRAWS:
        folder = tmp_path / f"draw-{each['random_state']}"
        folder.mkdir()
        (folder / "figures.json").write_text(json.dumps(each), "utf-8")
    done = CliRunner().invoke(app, ["demo", "--draws", "2", "--out", str(tmp_path)])
    assert done.exit_code == 0
    assert table(DRAWS) in done.output
    assert json.loads((tmp_path / "demo-scores.json").read_text("utf-8")) == DRAWS
