import numpy as np
import pytest

from mollia.errors import DataError
from mollia_benchmarks.datasets import SETS, load


@pytest.mark.recorded
@pytest.mark.parametrize(
    ("name", "rows", "llms", "classes"),
    [
        ("trec", 3000, 5, 6),
        ("pubmed", 3000, 5, 5),
        ("policy_en", 926, 16, 21),
        ("consumer_complaints", 1000, 14, 5),
    ],
)
def test_sets_have_their_shape_and_lawful_masses(name, rows, llms, classes):
    recorded = load(name)
    assert recorded.answers.c.shape == (rows, llms, classes)
    assert len(recorded.gold) == len(recorded.texts) == rows
    assert (recorded.gold >= 0).all()
    assert recorded.answers.z.any() == (name in ("trec", "pubmed"))


@pytest.mark.recorded
def test_a_cut_set_keeps_rows_together():
    whole, cut = load("trec", most=10_000), load("trec")
    at = {i: row for row, i in enumerate(whole.answers.ids)}
    rows = np.array([at[i] for i in cut.answers.ids])
    assert len(set(rows.tolist())) == 3000
    np.testing.assert_array_equal(whole.answers.c[rows], cut.answers.c)
    np.testing.assert_array_equal(whole.gold[rows], cut.gold)
    assert [whole.texts[i] for i in rows] == list(cut.texts)


@pytest.mark.recorded
def test_an_unknown_set_is_refused_with_the_nearest_name():
    with pytest.raises(DataError, match='Did you mean "trec"'):
        load("treck")


def test_a_missing_folder_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("MOLLIA_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"labels\.json is missing"):
        load(SETS[0], most=7)
