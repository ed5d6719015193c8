"""The table of docs/benchmarks-panel.md on advice is what `mollia bench advise` wrote, and so are the errors that are told."""

import json
from pathlib import Path

import pytest

from mollia.asking.outlook import LABELS_OFF, LLM_OFF
from mollia_benchmarks.advise import gains_table, over_all

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def figures():
    written = json.loads((DOCS / "advise-scores.json").read_text("utf-8"))
    return {(name, method, int(labels)): each for (name, method, labels), each in
            ((key.split(), each) for key, each in written.items())}  # fmt: skip


def test_the_page_shows_what_was_written(figures):
    assert gains_table(figures) in (DOCS / "benchmarks-panel.md").read_text("utf-8")


@pytest.mark.parametrize(("method", "told"), [("labels", LABELS_OFF), ("llm", LLM_OFF)])
def test_the_error_that_is_told_is_that_over_all_sets(figures, method, told):
    error = over_all([each for group, each in figures.items() if group[1] == method])["error"]
    assert told == round(100 * error, 1)
