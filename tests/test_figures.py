"""The figures in the README are those that the benchmarks wrote."""

import json
import re
from pathlib import Path

import pytest

from mollia_benchmarks.demo import table

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
SETS = ("policy_en", "consumer_complaints")
ROWS = {"majority vote of the LLMs": "vote", "best single LLM, chosen on the 50": "best_llm"} | {
    "MoLAM as published": "molam",
    "**mollia**": "default",
}


def figure(value):
    return f"{value:.3f}".lstrip("0")


@pytest.mark.parametrize("row", ROWS)
def test_the_readmes_accuracies_and_calibration_errors_are_the_benchmarks(row):
    written = json.loads((ROOT / "docs" / "fusion-scores.json").read_text("utf-8"))
    table_of = README.split("<!-- figures: ")[1]
    line = next(line for line in table_of.splitlines() if f"| {row} |" in line)
    expected = []
    for name in SETS:
        scores = written[f"{name} {ROWS[row]} 50"]
        expected += [*scores["accuracy"], scores["ece"][0]]
    assert re.findall(r"\.\d{3}", line) == [figure(value) for value in expected]


def test_the_readmes_figures_over_draws_are_those_of_bench_demo():
    draws = json.loads((ROOT / "docs" / "demo-scores.json").read_text("utf-8"))
    shown = README.split("<!-- draws: ")[1].split("-->\n")[1].split("<!-- end of draws")[0].strip()
    assert len(draws) == 10
    assert [draw["random_state"] for draw in draws] == list(range(10))
    assert shown == table(draws)
