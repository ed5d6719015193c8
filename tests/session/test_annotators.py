"""Recorded answers as a task's panel: joined to its rows by ids, whatever wrote them."""

import pandas as pd
import pytest

from mollia.errors import DataError
from mollia.session.annotators import build_annotators
from mollia.session.questions import questions_by_llm
from mollia.session.task_pool import pool_of
from mollia.task.load import load_task

TASK = """name = "shop"
instruction = "What is it about?"
[data]
path = "data.csv"
[[classes]]
name = "x"
[[classes]]
name = "y"
[[panel]]
name = "gemma"
kind = "recorded"
path = "{}"
"""


def answers(folder, file, data="id,text\n1,one\n2,two\n3,three\n"):
    """Return what the recorded LLM says of each row of the data, None = nothing, and what was told."""
    (folder / "data.csv").write_text(data, "utf-8")
    (folder / "task.toml").write_text(TASK.format(file), "utf-8")
    task = load_task(folder / "task.toml")
    pool, said = pool_of(task), []
    (annotator,) = build_annotators(task, pool, say=said.append)
    questions = questions_by_llm(task, pool)["gemma"]
    found = {
        answer.text_id: answer.replies[0] if answer.replies else None
        for answer in annotator.annotate(questions)
    }
    return found, [each for each in said if "ids" in each or "an id" in each]


def test_ids_that_became_floats_are_the_rows_that_they_were(tmp_path):
    frame = pd.DataFrame({"id": [3, 1, 2, None], "gemma": ["x", "y", "x", "y"]}).dropna()
    assert frame["id"].dtype == "float64"  # the hole made them so
    frame.to_csv(tmp_path / "p.csv", index=False)
    frame.to_parquet(tmp_path / "p.parquet")
    for name in ("p.csv", "p.parquet"):
        assert answers(tmp_path, name) == ({"1": "y", "2": "x", "3": "x"}, [])


def test_data_whose_ids_became_floats_find_answers_with_whole_numbers(tmp_path):
    (tmp_path / "p.csv").write_text("id,gemma\n1,y\n2,x\n3,x\n", "utf-8")
    found = answers(tmp_path, "p.csv", "id,text\n1.0,one\n2.0,two\n3.0,three\n")
    assert found == ({"1.0": "y", "2.0": "x", "3.0": "x"}, [])


def test_answers_to_rows_that_the_data_lacks_are_named_with_their_cause(tmp_path):
    (tmp_path / "p.csv").write_text("id,gemma\n1,y\n02,x\n9,x\n", "utf-8")
    found, said = answers(tmp_path, "p.csv")
    assert found == {"1": "y", "2": None, "3": None}
    (sentence,) = said
    assert "2 rows have ids that" in sentence
    assert 'the first is "02". Leading zeros were lost or added' in sentence


def test_files_without_a_common_id_name_the_cause(tmp_path):
    (tmp_path / "p.csv").write_text("id,gemma\n01,y\n02,x\n", "utf-8")
    with pytest.raises(DataError, match=r"have no id in common .* Leading zeros"):
        answers(tmp_path, "p.csv")
