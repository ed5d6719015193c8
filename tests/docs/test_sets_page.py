"""The tables of docs/benchmarks-sets.md are those of `mollia bench fusion` over many sets."""

import json
import re
from pathlib import Path

import pytest

from mollia_benchmarks.fusion_sets import leads, leads_plot, losses_table, means_table

DOCS = Path(__file__).parents[2] / "docs"
LABELS = [0, 10, 20, 50, 100, 200, 500]
METHODS = ["default", "dawid_skene", "vote", "mean", "best_llm"]


@pytest.fixture(scope="module")
def written():
    return json.loads((DOCS / "fusion-sets-scores.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def figures(written):
    named = ((key.split(), value) for key, value in written["scores"].items())
    return {(name, method, int(labels)): scores for (name, method, labels), scores in named}


def shown(part):
    page = (DOCS / "benchmarks-sets.md").read_text("utf-8")
    return page.split(f"<!-- {part}: ")[1].split("-->\n")[1].split(f"<!-- end of {part}")[0].strip()


def test_the_means_are_those_measured(figures, written):
    assert shown("means") == means_table(figures, written["families"], METHODS, LABELS).strip()


def test_the_losses_are_those_measured(figures):
    assert shown("losses") == losses_table(figures, LABELS).strip()


def test_the_picture_is_of_the_same_figures(figures, written):
    drawn = re.findall(r'<circle cx="([0-9.]+)"', (DOCS / "fusion-leads.svg").read_text("utf-8"))
    again = re.findall(r'<circle cx="([0-9.]+)"', leads_plot(figures, written["families"], 50))
    assert len(drawn) == 38
    assert [float(x) for x in drawn] == pytest.approx([float(x) for x in again], abs=0.2)


def test_the_mean_rises_with_every_step_while_the_sets_are_the_same(figures):
    names = {name for name, method, n in figures if method == "default" and n == 50}
    mean = [sum(figures[name, "default", n]["accuracy"][0] for name in names) for n in (0, 10, 20, 50)]
    assert mean == sorted(mean)


def cells(page, heading):
    text = page.read_text("utf-8")
    lines = text[text.index(f"| {heading} |") :].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def mean(figures, method, labels, score):
    values = [scores[score][0] for (_, each, n), scores in figures.items() if (each, n) == (method, labels)]
    return f"{sum(values) / len(values):.3f}".lstrip("0")


ROWS = {"majority": "vote", "best": "best_llm", "Dawid-Skene,": "dawid_skene", "**mollia**": "default"}


def test_the_short_table_is_of_the_same_figures(figures):
    for name, *shown in cells(DOCS / "benchmarks.md", "mean accuracy over sets"):
        method = ROWS[name.split()[0]]
        assert shown == [mean(figures, method, n, "accuracy") for n in (0, 20, 50, 100)]


def test_the_readmes_table_is_of_the_same_figures(figures):
    rows = cells(DOCS.parent / "README.md", "mean over 38 panels, 10 draws")
    for name, right, ece, _ in rows:
        method = ROWS[name.split()[0]]
        assert [right, ece] == [mean(figures, method, 50, score) for score in ("accuracy", "ece")]
    found = list(leads(figures, 50))
    lost = [loss for loss in found if loss.beyond_noise]
    worst = min(loss.lead for loss in found)
    assert rows[-1][-1] == f"on {len(lost)} of 38 (at most {100 * worst:+.1f} points)"
