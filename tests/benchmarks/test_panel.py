import json

import pytest

from mollia.errors import DataError
from mollia_benchmarks import panel
from mollia_benchmarks.datasets import SETS, load
from mollia_benchmarks.panel import run
from mollia_benchmarks.prices import price

pytestmark = pytest.mark.recorded


def test_tickets_and_cascades_are_scored_on_rows_nobody_labelled(monkeypatch, tmp_path):
    monkeypatch.setattr(panel, "load", lambda name: load(name, most=250))
    methods = ["ticket_llms", "cascade"]
    said = run(
        sets=["trec"], methods=methods, labels=40, draws=1, out=tmp_path, processes=1, say=lambda _s: None
    )
    assert said == (tmp_path / "table.md").read_text()
    assert [line.split(" | ")[1] for line in said.splitlines()[2:]] == methods
    scores = json.loads((tmp_path / "scores.json").read_text())
    for method in methods:
        found = {name: mean for name, (mean, _) in scores[f"trec {method} 40"].items()}
        assert found["lost"] == pytest.approx(found["whole"] - found["accuracy"])
        assert 0 < found["cost"] < 1
        assert 0.6 < found["accuracy"] < 0.95
    assert scores["trec ticket_llms 40"]["cost"][0] <= 0.6 + 1e-9


def test_every_recorded_llm_has_a_price():
    for name in SETS:
        assert all(price(llm) > 0 for llm in load(name).answers.llms)


def test_unknown_methods_are_refused(tmp_path):
    with pytest.raises(DataError, match=r'"tickt".*Did you mean "ticket"'):
        run(sets=["trec"], methods=["tickt"], labels=50, draws=1, out=tmp_path, processes=1)
