import numpy as np
import pytest
from typer.testing import CliRunner

from mollia.errors import DataError
from mollia_benchmarks import coverage
from mollia_benchmarks.cli import app
from mollia_benchmarks.coverage import draw_doubtful, really_needed, run
from mollia_benchmarks.job import Job


def test_doubtful_rows_come_with_their_real_chance():
    rng = np.random.default_rng(0)
    confidence = rng.beta(4, 1, 200)
    counts = np.zeros(200)
    for seed in range(1500):
        rows, chance = draw_doubtful(confidence, 40, np.random.default_rng(seed))
        assert len(rows) in {39, 40, 41}
        counts[rows] += 1
    stated = np.zeros(200)
    stated[rows] = chance
    assert counts[rows] / 1500 == pytest.approx(stated[rows], abs=0.06)
    assert counts[confidence < 0.5].mean() > 2 * counts[confidence > 0.9].mean()


def test_the_real_number_of_reviews_meets_the_target_and_one_less_does_not():
    rng = np.random.default_rng(1)
    confidence = rng.random(300)
    right = rng.random(300) < 0.5 + confidence / 2
    n = really_needed(confidence, right, 0.9)
    order = np.argsort(confidence)
    assert (~right[order[n:]]).sum() <= 30 < (~right[order[n - 1 :]]).sum()


def test_a_small_run_says_how_often_each_interval_held_and_goes_on_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(coverage, "ROWS", 250)
    monkeypatch.setattr(coverage, "PER_SEED", 2)
    monkeypatch.setattr(coverage, "PER_AUDIT", 10)
    said = []
    job = Job(sets=["consumer_complaints"], out=tmp_path, say=said.append)
    options = {"labels": [50], "resamples": 2, "seed_resamples": 2}
    text = run(job, **options)
    assert len(said) == 2
    assert "| consumer_complaints, 50 |" in text
    assert (tmp_path / "coverage.md").read_text() == text
    seed_line = next(line for line in text.splitlines() if line.count("/") == 3 and "audit" not in line)
    crossed, _, reused = (cell.split("/")[0].strip() for cell in seed_line.split("|")[2:5])
    assert {crossed, reused} <= {".000", ".500", "1.00"}, "of two draws"
    assert run(job, **options) == text
    assert len(said) == 2  # nothing was measured again


def test_an_unknown_set_ends_before_any_work(tmp_path):
    result = CliRunner().invoke(app, ["coverage", "--sets", "policy_eng", "--out", str(tmp_path / "out")])
    assert isinstance(result.exception, DataError)
    assert 'Did you mean "policy_en"' in str(result.exception)
    assert not (tmp_path / "out").exists()
