import pytest

from mollia.errors import DataError
from mollia.session.inputs import check_outputs, files_read
from mollia.task.load import load_task


def test_the_files_of_a_task_are_its_own_its_data_its_seed_and_its_recorded_answers(write_task):
    path = write_task()
    task = load_task(path)
    assert {each.name for each in files_read(task)} == {"task.toml", "data.csv", "seed.csv"}
    assert {each.name for each in files_read(task, seed=False)} == {"task.toml", "data.csv"}
    check_outputs(task)


@pytest.mark.parametrize("name", ["labels.csv", "summary.json", "report.html"])
def test_a_run_may_not_write_over_what_it_reads(write_task, name):
    path = write_task()
    (path.parent / "out").mkdir()
    (path.parent / "out" / name).hardlink_to(path.parent / "data.csv")
    with pytest.raises(DataError, match=r"data\.csv\) is read by this command") as found:
        check_outputs(load_task(path))
    assert "run.out" in found.value.hint
