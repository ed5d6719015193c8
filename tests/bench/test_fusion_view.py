import pytest

from mollia.bench.fusion_view import run
from mollia.errors import TaskError


@pytest.mark.recorded
def test_a_student_is_compared_with_tfidf_and_goes_on_where_it_was(tmp_path):
    said = []
    options = {"view": "frozen", "weights": None, "sets": ["consumer_complaints"], "labels": [50], "draws": 1}
    table = run(**options, out=tmp_path, processes=1, say=said.append)
    assert "consumer_complaints" in table
    assert run(**options, out=tmp_path, processes=1, say=said.append) == table
    assert len(said) == 1  # the second time nothing was measured


def test_an_unknown_view_is_refused_before_anything_is_measured(tmp_path):
    with pytest.raises(TaskError, match="fine"):
        run(view="fine", weights=None, sets=["trec"], labels=[50], draws=1, out=tmp_path, processes=1)
