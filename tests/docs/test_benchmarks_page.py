"""The tables of docs/benchmarks.md are those that `mollia bench fusion` wrote."""

import json
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
SETS = ("trec", "pubmed", "policy_en", "consumer_complaints")
METHODS = {
    "majority vote of the LLMs": "vote",
    "best single LLM, chosen on the 50": "best_llm",
    "Dawid-Skene, seeded with the 50": "dawid_skene",
    "MoLAM as published": "molam",
    "MoLAM normalised": "molam_normalised",
    "**mollia**": "default",
}


@pytest.fixture(scope="module")
def scores():
    return json.loads((DOCS / "fusion-scores.json").read_text("utf-8"))


def table(heading):
    """Return the cells below a heading of the page, line by line, without the line of dashes."""
    text = (DOCS / "benchmarks.md").read_text("utf-8")
    lines = text[text.index(f"| {heading} |") :].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def rounded(value):
    return f"{value:.3f}".lstrip("0")


def test_accuracy_and_spread_of_each_method_at_50_labels(scores):
    rows = table("accuracy on rows nobody labelled")
    assert [row[0] for row in rows] == list(METHODS)
    for name, *shown in rows:
        found = [scores.get(f"{each} {METHODS[name]} 50", {}).get("accuracy") for each in SETS]
        assert shown == ["–" if each is None else " ± ".join(map(rounded, each)) for each in found]


def test_accuracy_by_the_number_of_labels(scores):
    rows = table("mollia, human labels")
    assert [int(row[0]) for row in rows] == [0, 20, 50, 100, 200]
    for n, *shown in rows:
        assert shown == [rounded(scores[f"{each} default {n}"]["accuracy"][0]) for each in SETS]


def test_calibration_of_each_method_at_50_labels(scores):
    rows = table("calibration error (ECE) with 50 human labels, less is better")
    assert [row[0] for row in rows] == list(METHODS)
    for name, *shown in rows:
        found = [scores.get(f"{each} {METHODS[name]} 50", {}).get("ece") for each in SETS]
        assert shown == ["–" if each is None else rounded(each[0]) for each in found]


def test_the_lead_over_the_next_method_is_as_stated(scores):
    def lead(name):
        keys = {method: f"{name} {method} 50" for method in METHODS.values()}
        found = {method: scores[key]["accuracy"][0] for method, key in keys.items() if key in scores}
        ours = found.pop("default")
        return 100 * (ours - max(found.values()))

    stated = re.search(
        r"by (\d\.\d) \(consumer_complaints,[^)]*\) to (\d\.\d)\s+points \(policy_en\)",
        " ".join((DOCS / "benchmarks.md").read_text("utf-8").split()),
    )
    leads = {name: lead(name) for name in SETS}
    assert min(leads, key=leads.get) == "consumer_complaints"
    assert max(leads, key=leads.get) == "policy_en"
    assert [float(figure) for figure in stated.groups()] == pytest.approx(
        [leads["consumer_complaints"], leads["policy_en"]], abs=0.06
    )
