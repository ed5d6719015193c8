import shutil

import pytest

from mollia.errors import DataError
from mollia_benchmarks import DATA
from mollia_benchmarks.described import chosen, described, few_classes, with_test
from mollia_benchmarks.job import Job, uses_card
from mollia_benchmarks.protocol import Cell

CELL = Cell(set="parcels", method="m", labels=0, draw=0)


def test_all_and_nothing_stand_for_sets_of_the_folder(panel_folder):
    assert chosen(["all"], DATA) == tuple(described(DATA))
    assert chosen([], DATA) == few_classes(DATA)
    assert "banking77_small_llms" not in few_classes(DATA)
    assert "policy_en" in chosen([], DATA, default=with_test)
    assert chosen(["parcels", "parcels"], panel_folder) == ("parcels",)
    with pytest.raises(DataError, match='mean "parcels"'):
        chosen(["all", "parcel"], panel_folder)


def test_a_folder_of_figures_takes_no_other_set_of_the_same_name(panel_folder, tmp_path):
    asked = []

    def measure(cell, *, data):
        asked.append((cell, data))
        return {"accuracy": 0.5}

    job = Job(sets=("parcels",), data=panel_folder, out=tmp_path / "out", say=lambda _: None)
    assert job.measure([CELL], measure) == {CELL: {"accuracy": 0.5}}
    assert job.measure([CELL], measure) == {CELL: {"accuracy": 0.5}}
    assert asked == [(CELL, panel_folder)]
    other = shutil.copytree(panel_folder, tmp_path / "other")
    shutil.copy(other / "parcels_test.parquet", other / "parcels_pool.parquet")
    job = Job(sets=("parcels",), data=other, out=tmp_path / "out", say=lambda _: None)
    with pytest.raises(DataError, match='another set "parcels"'):
        job.measure([CELL], measure)
    assert len(asked) == 1


def test_students_that_are_fine_tuned_use_a_card():
    assert [uses_card(view) for view in ("frozen", "tfidf", "finetune", "auto")] == [False, False, True, True]
    assert uses_card("frozen", "finetune")
    assert not uses_card()
