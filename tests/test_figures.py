"""The figures in the README are those that the benchmark wrote."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SETS = ("trec", "pubmed", "policy_en", "consumer_complaints")
ROWS = {"majority vote of the LLMs": "vote", "best single LLM, chosen on the 50": "best_llm"} | {
    "MoLAM, as the paper describes it": "molam",
    "**mollia**": "default",
}


@pytest.mark.parametrize("row", ROWS)
def test_the_readmes_accuracies_are_the_benchmarks(row):
    written = json.loads((ROOT / "docs" / "fusion-scores.json").read_text("utf-8"))
    line = next(line for line in (ROOT / "README.md").read_text("utf-8").splitlines() if f"| {row} |" in line)
    shown = [float(figure) for figure in re.findall(r"\.\d{3}", line)]
    measured = [round(written[f"{name} {ROWS[row]} 50"]["accuracy"][0], 3) for name in SETS]
    assert shown == measured
