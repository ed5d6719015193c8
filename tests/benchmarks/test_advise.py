"""`mollia bench advise` on a small simulated panel."""

import json

import pytest

from mollia.errors import DataError
from mollia_benchmarks.advise import run
from mollia_benchmarks.job import Job


def test_forecasts_stand_beside_what_happened_with_bias_and_error(panel_folder, tmp_path):
    job = Job(sets=["parcels"], data=panel_folder, out=tmp_path, say=lambda _: None)
    said = run(job, methods=["labels", "llm"], labels=[30], draws=2)
    assert said == (tmp_path / "table.md").read_text("utf-8")
    lines = [line.strip("| ").split(" | ") for line in said.splitlines()[2:]]
    assert [(line[1], line[2]) for line in lines] == [("twice the labels", "30"), ("one more LLM", "30")]
    scores = json.loads((tmp_path / "scores.json").read_text("utf-8"))
    for found in scores.values():
        assert found["bias"] == pytest.approx(found["forecast"] - found["gain"])
        assert found["error"] >= abs(found["bias"]) - 1e-12
        assert found["forecast"] >= 0
    cell = json.loads((tmp_path / "cells" / "parcels.labels.30.0.json").read_text("utf-8"))["scores"]
    assert 0.5 < cell["before"] < 1


def test_unknown_steps_are_refused(tmp_path):
    with pytest.raises(DataError, match=r'"label".*Did you mean "labels"'):
        run(Job(sets=["policy_en"], out=tmp_path), methods=["label"], labels=[50], draws=1)
