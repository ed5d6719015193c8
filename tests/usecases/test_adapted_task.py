"""The task file that `mollia adapt` writes."""

import pytest

from mollia.errors import DataError
from mollia.task.load import load_task
from mollia.usecases.adapted_task import adapted_task

TASK = """name = "t"
instruction = "Which?"
[data]
path = "old.csv"
{delimiter}
[[classes]]
name = "a"
[[classes]]
name = "b"
[[panel]]
name = "llm"
kind = "recorded"
path = "old.csv"
"""


@pytest.mark.parametrize(
    ("old", "new", "written", "said"),
    [
        (";", ";", ";", []),
        (";", ",", None, []),
        (None, ";", ";", ["{new}: took the semicolon as separator of cells."]),
        (None, ",", None, []),
        ("^", "^", "^", []),  # which nothing would recognise
        (",", ";", ";", ["{new}: took the semicolon as separator of cells."]),
    ],
)
def test_the_separator_of_the_new_datas_cells_is_the_olds_or_the_recognised_one(
    tmp_path, old, new, written, said
):
    for name, between in (("old.csv", old or ","), ("new.csv", new)):
        rows = (["id", "text", "llm"], ["1", "one", "a"], ["2", '"x; y, z"', "b"])
        (tmp_path / name).write_text("\n".join(between.join(row) for row in rows) + "\n", encoding="utf-8")
    (tmp_path / "task.toml").write_text(
        TASK.format(delimiter="" if old is None else f'delimiter = "{old}"'), encoding="utf-8"
    )
    told = []
    made = adapted_task(
        load_task(tmp_path / "task.toml"), tmp_path / "new.csv", tmp_path / "out", say=told.append
    )
    assert made.data.delimiter == written
    assert told == [each.format(new=tmp_path / "new.csv") for each in said]


def test_what_is_wrong_with_the_new_data_is_told(tmp_path):
    (tmp_path / "old.csv").write_text("id;text;llm\n1;one;a\n", encoding="utf-8")
    (tmp_path / "new.csv").write_text("id,text,llm\n1,one\n", encoding="utf-8")
    (tmp_path / "task.toml").write_text(TASK.format(delimiter='delimiter = ";"'), encoding="utf-8")
    with pytest.raises(DataError, match=r"new\.csv:2"):
        adapted_task(load_task(tmp_path / "task.toml"), tmp_path / "new.csv", tmp_path / "out")
