import pytest

from mollia.session.task_pool import pool_of
from mollia.task.load import load_task
from mollia_benchmarks.scale_run import measure, report, write_task


@pytest.mark.parametrize("part", ["predict", "ledger", "run"])
def test_a_part_is_measured_in_a_process_of_its_own(part, tmp_path):
    found = measure(part, 900, tmp_path)
    assert all(value >= 0 for value in found.values())
    if part == "ledger":
        assert found["sound after the kill"]
        assert 300 <= found["stored when killed"] <= 900


def test_a_task_of_any_size_is_written_with_its_panel_and_seed(tmp_path):
    task = load_task(write_task(200, tmp_path))
    assert len(pool_of(task)) == 200
    assert [len(task.panel), len(task.classes)] == [5, 6]


def test_the_table_gives_growth_as_a_power_of_the_rows_where_a_second_was_taken():
    by_size = {
        1000: {"CPU s": 2.0, "wall s": 9.0, "sound after the kill": 1.0},
        10_000: {"CPU s": 20.0, "wall s": 9.0, "sound after the kill": 1.0},
    }
    assert report({"ledger": by_size}).splitlines()[2:] == [
        "| CPU s | 2.0 | 20 | 1.00 |",
        "| wall s | 9.0 | 9.0 |  |",
        "| sound after the kill | yes | yes |  |",
    ]
