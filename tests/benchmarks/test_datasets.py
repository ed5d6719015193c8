import json
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mollia.errors import DataError
from mollia_benchmarks import DATA
from mollia_benchmarks.datasets import load
from mollia_benchmarks.described import described


@pytest.mark.parametrize("name", described(DATA))
def test_a_set_is_what_labels_json_says(name):
    each, recorded = described(DATA)[name], load(name, most=None)
    assert recorded.answers.c.shape == (each.n, len(each.llms), len(each.labels))
    assert len(recorded.gold) == len(recorded.texts) == each.n
    assert (recorded.gold >= 0).all()
    assert set(recorded.answers.llms) == set(each.llms)
    for mass in (recorded.answers.z, recorded.answers.c):
        assert (mass >= 0).all()
        assert mass.sum(2).max() <= 1 + 1e-9
    columns = pq.read_schema(DATA / each.pool).names
    named = {name.rpartition("_")[0] for name in columns if name.endswith(("_votes", "_probs"))}
    assert named == set(each.llms)
    if each.test:
        assert pq.read_metadata(DATA / each.test).num_rows == each.n_test


def test_no_file_of_the_folder_is_in_no_set():
    named = {file for each in described(DATA).values() for file in (each.pool, each.test) if file}
    assert {path.name for path in DATA.glob("*.parquet")} == named


def test_masses_that_are_no_distribution_are_cut_to_one_and_small_ones_stay(panel_folder):
    table = pq.read_table(panel_folder / "parcels_pool.parquet").to_pydict()
    raw = np.array(table["good_8b_probs"])
    z = load("parcels", panel_folder).answers.z[:, 0]
    assert {0.3, 1.0, 6.0} == set(raw.sum(1).round(6).tolist())
    np.testing.assert_allclose(z.sum(1), np.minimum(raw.sum(1), 1))
    np.testing.assert_allclose(z / z.sum(1, keepdims=True), raw / raw.sum(1, keepdims=True))
    assert not load("parcels", panel_folder).answers.z[:20, 2].any(), "null is not an answer"


def test_a_cut_set_keeps_rows_together():
    whole, cut = load("banking77_small_llms", most=None), load("banking77_small_llms", most=500)
    at = {i: row for row, i in enumerate(whole.answers.ids)}
    rows = np.array([at[i] for i in cut.answers.ids])
    assert len(set(rows.tolist())) == 500
    np.testing.assert_array_equal(whole.answers.c[rows], cut.answers.c)
    np.testing.assert_array_equal(whole.gold[rows], cut.gold)
    assert [whole.texts[i] for i in rows] == list(cut.texts)


def test_an_unknown_set_is_refused_with_the_nearest_name():
    with pytest.raises(DataError, match='Did you mean "policy_en"'):
        load("policy_eng")


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(DataError, match=r"labels\.json is missing"):
        load("policy_en", tmp_path)


def changed(panel_folder, folder, **columns):
    """A copy of the made-up set with other columns; None drops one."""
    shutil.copytree(panel_folder, folder)
    table = pq.read_table(folder / "parcels_pool.parquet").to_pydict() | columns
    table = {name: column for name, column in table.items() if column is not None}
    pq.write_table(pa.table(table), folder / "parcels_pool.parquet")
    return folder


def test_rows_without_gold_are_left_out_and_votes_alone_will_do(panel_folder, tmp_path):
    whole = load("parcels", panel_folder)
    gold = [None, *pq.read_table(panel_folder / "parcels_pool.parquet")["gold"].to_pylist()[1:]]
    no_probs = dict.fromkeys((f"{llm}_probs" for llm in whole.answers.llms), None)
    found = load("parcels", changed(panel_folder, tmp_path / "copy", gold=gold, **no_probs))
    assert len(found) == len(whole) - 1
    assert not found.answers.z.any()
    np.testing.assert_array_equal(found.answers.c, whole.answers.c[1:])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"gold": ["refnd"] * 400}, 'row 1: gold is "refnd"'),
        ({"fair_3b_votes": [[0.5, 0.5]] * 400}, r"row 1, fair_3b_votes is not a list of 3 numbers"),
        ({"fair_3b_votes": [[0.5, -0.5, 1.0]] * 400}, "not a list of 3 numbers from 0 up"),
        ({"fair_3b_votes": None, "fair_3b_probs": None}, 'no answers of "fair_3b"'),
        ({"gold": None}, 'no column "gold"'),
    ],
)
def test_a_file_that_is_not_what_labels_json_says_is_refused(panel_folder, tmp_path, columns, message):
    with pytest.raises(DataError, match=message):
        load("parcels", changed(panel_folder, tmp_path / "copy", **columns))


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{", "not a JSON file"),
        ("[]", "describes no set"),
        (json.dumps({"a": {"labels": ["x"], "llms": ["m"]}}), r"a\.pool: Field required"),
        (json.dumps({"a": {"labels": [], "llms": ["m"], "pool": "p"}}), r"a\.labels"),
    ],
)
def test_a_damaged_description_is_said_with_its_key(tmp_path, written, message):
    (tmp_path / "labels.json").write_text(written)
    with pytest.raises(DataError, match=message):
        described(tmp_path)
