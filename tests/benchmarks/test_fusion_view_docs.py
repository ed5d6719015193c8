"""The fine-tuned text view's figures in the docs are those that the benchmark wrote."""

import json
from pathlib import Path

import pytest

from mollia_benchmarks.fusion_view import report

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def written(file):
    scores = json.loads((DOCS / file).read_text("utf-8"))
    return {tuple(name.split()): found for name, found in scores.items()}


@pytest.mark.parametrize("file", ["text-view-scores.json", "text-view-picked-scores.json"])
def test_every_line_of_the_tables_is_the_benchmarks(file):
    shown = (DOCS / "benchmarks-fusers.md").read_text("utf-8")
    lines = report(written(file)).strip().splitlines()
    assert len(lines) == 6
    assert all(line in shown for line in lines)
