import json

import pytest

from mollia.errors import DataError, TaskError
from mollia_benchmarks.fusion_view import run


@pytest.mark.recorded
def test_a_student_is_compared_with_tfidf_and_goes_on_where_it_was(tmp_path):
    said = []
    options = {"view": "frozen", "weights": None, "sets": ["consumer_complaints"], "labels": [50], "draws": 1}
    table = run(**options, out=tmp_path, processes=1, say=said.append)
    assert "consumer_complaints" in table
    assert run(**options, out=tmp_path, processes=1, say=said.append) == table
    assert len(said) == 1  # the second time nothing was measured


@pytest.mark.recorded
def test_the_human_rows_may_be_picked_by_a_strategy(tmp_path):
    options = {"view": "frozen", "weights": None, "sets": ["consumer_complaints"], "labels": [40], "draws": 1}
    at_random = run(**options, out=tmp_path, processes=1)
    picked = run(**options, out=tmp_path, processes=1, picked="batches")
    assert picked != at_random
    found = json.loads((tmp_path / "scores.json").read_text())["consumer_complaints frozen 40"]
    n, open_right = 1000, found["tfidf accuracy"][0] * 960
    assert found["tfidf all"][0] == pytest.approx((open_right + 40) / n)
    with pytest.raises(DataError, match="batches"):
        run(**options, out=tmp_path, processes=1, picked="batch")


def test_an_unknown_view_is_refused_before_anything_is_measured(tmp_path):
    with pytest.raises(TaskError, match="fine"):
        run(view="fine", weights=None, sets=["trec"], labels=[50], draws=1, out=tmp_path, processes=1)
