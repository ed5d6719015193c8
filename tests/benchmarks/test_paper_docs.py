"""The paper's protocol in docs/benchmarks-paper.md is what the benchmark wrote."""

from pathlib import Path

import pytest

from mollia_benchmarks.paper import read
from mollia_benchmarks.paper_tables import report

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def written():
    return read(DOCS / "paper-scores.json")


def test_every_table_in_the_docs_is_the_benchmarks(written):
    shown = (DOCS / "benchmarks-paper.md").read_text("utf-8")
    for line in report(*written).splitlines():
        if line.startswith("|"):
            assert line in shown


def test_the_labels_that_trained_are_those_that_were_scored(written):
    races, labelled = written
    assert {cell.labelling for cell in races} == set(labelled)
    for cell, scores in races.items():
        assert 0 < scores[str(cell.rounds)] < 1
        if cell.annotator == "oracle":
            assert scores["labels"] == 1
