"""A task made in Python holds what a file holds, and is refused as a file is."""

import pandas as pd
import pytest

import mollia
from mollia.errors import TaskError
from mollia.settings import PanelMember
from mollia.task.config import Task as TaskModel
from mollia.task.load import load_task

GIVEN = {
    "name": "shop",
    "instruction": "What is it about?",
    "data": "texts.csv",
    "classes": ["Refund", "Delivery"],
    "panel": [{"name": "a", "kind": "recorded", "path": "answers.csv"}],
}
FILE = """name = "shop"
instruction = "What is it about?"
[data]
path = "texts.csv"
[[classes]]
name = "Refund"
[[classes]]
name = "Delivery"
[[panel]]
name = "a"
kind = "recorded"
path = "answers.csv"
[run]
out = "mollia_out"
"""


def test_it_is_the_task_of_a_file_with_the_same_keys(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "task.toml").write_text(FILE, encoding="utf-8")
    made = mollia.Task(**GIVEN)
    assert isinstance(made, TaskModel)
    assert made.model_dump(mode="json") == load_task("task.toml").model_dump(mode="json")


def test_short_and_long_forms_say_the_same():
    short = mollia.Task(**GIVEN, seed="seed.csv")
    long = mollia.Task(
        **GIVEN
        | {
            "data": {"path": "texts.csv"},
            "classes": {"Refund": "", "Delivery": ""},
            "panel": list(short.panel),
            "seed": {"path": "seed.csv"},
        }
    )
    assert isinstance(short.panel[0], PanelMember)
    assert long.model_dump() == short.model_dump()
    described = mollia.Task(**GIVEN | {"classes": {"Refund": "money back", "Delivery": "a parcel"}})
    assert [each.description for each in described.classes] == ["money back", "a parcel"]


WRONG = {
    "nothing": ({}, r"the task has 5 faults:(.|\n)*name is missing"),
    "a name": (GIVEN | {"name": 5}, "name must be a string"),
    "a key": (GIVEN | {"quary": {}}, r'quary is not a key of a task file. Did you mean "query"\?'),
    "a key below": (
        GIVEN | {"query": {"bath": 3}},
        r'query.bath is not a key of a task file. Did you mean "batch"\?',
    ),
    "one class": (GIVEN | {"classes": ["Refund"]}, "only one class"),
    "a string of classes": (GIVEN | {"classes": "Refund,Delivery"}, "classes must be a list"),
    "a number": (GIVEN | {"query": {"batch": "many"}}, "query.batch must be a whole number"),
    "no kind": (GIVEN | {"panel": [{"name": "a"}]}, r"panel\[0\].kind is missing"),
    "a kind": (GIVEN | {"panel": [{"name": "a", "kind": "recordd"}]}, 'Did you mean "recorded"'),
    "a panel of one": (GIVEN | {"panel": {"name": "a"}}, "panel must be a list"),
    "a key of a secret": (GIVEN | {"panel": [GIVEN["panel"][0] | {"api_key": "x"}]}, "environment variable"),
    "a frame": (GIVEN | {"data": pd.DataFrame({"text": ["a"]})}, "data is a data frame; a task reads a file"),
}


@pytest.mark.parametrize(("given", "said"), WRONG.values(), ids=WRONG)
def test_faults_are_those_of_a_file(given, said):
    with pytest.raises(TaskError, match=said):
        mollia.Task(**given)


def test_nothing_of_pydantic_is_shown():
    with pytest.raises(TaskError) as caught:
        mollia.Task(**GIVEN | {"query": {"batch": -1}, "run": {"ask": "poll"}})
    assert "pydantic" not in str(caught.value)
    assert caught.value.__cause__ is None
