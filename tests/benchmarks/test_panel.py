import json

import pytest

from mollia.errors import DataError
from mollia_benchmarks import DATA
from mollia_benchmarks.described import described
from mollia_benchmarks.job import Job
from mollia_benchmarks.panel import run
from mollia_benchmarks.prices import price, unpriced


def test_tickets_and_cascades_are_scored_on_rows_nobody_labelled(panel_folder, tmp_path):
    methods = ["ticket_llms", "cascade"]
    job = Job(sets=["parcels"], data=panel_folder, out=tmp_path, say=lambda _: None)
    said = run(job, methods=methods, labels=40, draws=1)
    assert said == (tmp_path / "table.md").read_text()
    assert [line.split(" | ")[1] for line in said.splitlines()[2:]] == methods
    scores = json.loads((tmp_path / "scores.json").read_text())
    for method in methods:
        found = {name: mean for name, (mean, _) in scores[f"parcels {method} 40"].items()}
        assert found["lost"] == pytest.approx(found["whole"] - found["accuracy"])
        assert 0.6 < found["accuracy"] < 0.95
        assert found["at_most"] <= 0.01 + 1e-9
    assert 0 < scores["parcels cascade 40"]["cost"][0] < 1
    ticket = scores["parcels ticket_llms 40"]
    assert (ticket["cost"][0], ticket["lost"][0]) == (1, 0), "of three LLMs none can be spared on 360 rows"


def test_a_price_is_what_the_set_says_or_that_of_the_llm_or_of_the_size_in_its_name(panel_folder):
    about = described(panel_folder)["parcels"]
    assert price("good_8b", about) == pytest.approx(0.08)
    assert price("smollm2_135m", about) == pytest.approx(0.00135)
    assert price("llama3_2_3b", about) == pytest.approx(0.03)
    assert price("qwen2_1_5b", about) == pytest.approx(0.015)
    assert price("gpt_4o_mini", about) == 0.15
    assert price("gpt_4o_mini", about.model_copy(update={"prices": {"gpt_4o_mini": 7.0}})) == 7.0
    with pytest.raises(DataError, match='"strange"'):
        price("strange", about)


def test_priced_methods_are_left_out_aloud_where_a_price_is_unknown(tmp_path):
    said = []
    job = Job(sets=["arxiv_review"], out=tmp_path, say=said.append)
    assert unpriced(described(DATA)["arxiv_review"]) == "gpt4o_mini"
    text = run(job, methods=["cascade", "cascade_priced"], labels=30, draws=1)
    assert said[0].startswith("arxiv_review: cascade_priced is left out")
    assert "cascade_priced" not in text
    assert "| arxiv_review | cascade |" in text


def test_unknown_methods_are_refused(tmp_path):
    with pytest.raises(DataError, match=r'"tickt".*Did you mean "ticket"'):
        run(Job(sets=["policy_en"], out=tmp_path), methods=["tickt"], labels=50, draws=1)
