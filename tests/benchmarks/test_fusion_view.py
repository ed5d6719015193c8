import json

import pytest

from mollia.errors import DataError, TaskError
from mollia_benchmarks.fusion_view import run
from mollia_benchmarks.job import Job


def test_a_student_is_compared_with_tfidf_and_goes_on_where_it_was(tmp_path):
    said = []
    job = Job(sets=["consumer_complaints"], out=tmp_path, say=said.append)
    options = {"view": "frozen", "weights": None, "labels": [50], "draws": 1}
    table = run(job, **options)
    assert "consumer_complaints" in table
    assert run(job, **options) == table
    assert len(said) == 1  # the second time nothing was measured


def test_the_human_rows_may_be_picked_by_a_strategy(tmp_path):
    job = Job(sets=["consumer_complaints"], out=tmp_path)
    options = {"view": "frozen", "weights": None, "labels": [25], "draws": 1}
    at_random = run(job, **options)
    picked = run(job, **options, picked="batches")
    assert picked != at_random
    found = json.loads((tmp_path / "scores.json").read_text())["consumer_complaints frozen 25"]
    n, open_right = 1000, found["tfidf accuracy"][0] * 975
    assert found["tfidf all"][0] == pytest.approx((open_right + 25) / n)
    with pytest.raises(DataError, match="batches"):
        run(job, **options, picked="batch")


def test_an_unknown_view_is_refused_before_anything_is_measured(tmp_path):
    with pytest.raises(TaskError, match="fine"):
        run(Job(sets=["policy_en"], out=tmp_path), view="fine", weights=None, labels=[50], draws=1)
