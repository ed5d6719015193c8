import json
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from mollia.data.panel_file import read_panel_columns, same_rows
from mollia.data.read import read_pool
from mollia.errors import DataError

CLASSES = ("sports", "world", "business")
RECORDED = Path(__file__).parents[2] / "benchmarks" / "data"


def by_name(panel):
    return {llm.name: llm for llm in panel.llms}


def test_one_label_column_an_llm_is_recognised_beside_other_columns(written):
    path = written(
        "in.csv",
        "id,text,gold,url,label,gemma,yi\n"
        "a,one,sports,u1,sports,Sports,The answer is world\n"
        "b,two,,u2,world,world,\n"
        "c,three,business,u3,world,,business\n",
    )
    panel = read_panel_columns(path, classes=CLASSES)
    assert [llm.name for llm in panel.llms] == ["gemma", "yi"]
    assert by_name(panel)["gemma"].replies == [("Sports",), ("world",), ()]
    assert by_name(panel)["yi"].replies == [("The answer is world",), (), ("business",)]
    assert by_name(panel)["yi"].probs is None
    assert panel.pool.ids == ("a", "b", "c")
    assert panel.pool.gold.tolist() == [0, -1, 2]
    assert list(panel.pool.columns) == ["id", "text", "gold", "url", "label", "gemma", "yi"]
    assert '"label" looks like human labels (the same file as --seed-labels gives them)' in panel.notes[0]


def test_a_column_that_looks_human_is_never_an_llm_unless_named(written):
    path = written("in.csv", "text,label,category,truth\na,sports,world,world\n")
    with pytest.raises(DataError, match="no column of an LLM"):
        read_panel_columns(path, classes=CLASSES)
    assert [llm.name for llm in read_panel_columns(path, classes=CLASSES, llms=["label"]).llms] == ["label"]


def test_free_text_replies_are_taken_where_the_column_is_named(written):
    path = written("in.csv", "text,gemma\na,I think it is sports\nb,No idea\n")
    with pytest.raises(DataError) as caught:
        read_panel_columns(path, classes=CLASSES)
    assert '"text", "gemma"' in str(caught.value)
    for shape in ("id,text,gemma,llama", "gemma_probs", "id,llm,label", "--llms"):
        assert shape in caught.value.hint
    panel = read_panel_columns(path, classes=CLASSES, llms=["gemma"])
    assert panel.llms[0].replies == [("I think it is sports",), ("No idea",)]
    assert panel.pool.ids == ("1", "2")


def test_typed_label_columns_mean_the_classes():
    frame = pd.DataFrame({"text": ["a", "b", "c"], "gemma": [1.0, None, 10.0]})
    panel = read_panel_columns(frame, classes=("1", "10"))
    assert panel.llms[0].replies == [("1",), (), ("10",)]


LISTS = {
    "json": ("[0.7, 0.2, 1]", '["sports", "World."]'),
    "pandas": ("[0.7, 0.2, 1.0]", "['sports', 'World.']"),
    "numpy": ("[0.7 0.2\n 1. ]", "['sports', 'World.']"),
    "object": ('{"world": 0.2, "sports": 0.7, "business": 1}', '["sports", "World."]'),
}


@pytest.mark.parametrize("written_as", LISTS)
def test_lists_in_csv_cells_are_read_as_programs_write_them(written, written_as):
    probs, answers = LISTS[written_as]
    frame = pd.DataFrame(
        {
            "id": ["a", "b"],
            "my_llm_probs": [probs, None],
            "my_llm_votes": ["[0.5, 0.5, 0]", ""],
            "my_llm_answers": [answers, "only one"],
        }
    )
    panel = read_panel_columns(written("in.csv", frame.to_csv(index=False)), classes=CLASSES)
    llm = by_name(panel)["my_llm"]
    assert llm.probs == [(0.7, 0.2, 1.0), None]
    assert llm.votes == [(0.5, 0.5, 0.0), None]
    assert llm.replies == [("sports", "World."), ("only one",)]
    assert not panel.has_text
    assert panel.pool.texts == ("", "")


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
def test_lists_in_frames_and_parquet_are_read(tmp_path, kind):
    frame = kind({"id": [1, 2], "yi_probs": [[0.1, 0.2, 0.3], None], "yi_answers": [["a", None], []]})
    path = tmp_path / "in.parquet"
    frame.to_parquet(path) if kind is pd.DataFrame else frame.write_parquet(path)
    for source in (frame, path):
        llm = read_panel_columns(source, classes=CLASSES).llms[0]
        assert llm.probs == [(0.1, 0.2, 0.3), None]
        assert llm.replies == [("a", ""), ()]


def test_a_column_for_each_class_is_joined_in_the_order_of_the_classes(written):
    path = written("in.csv", "id,m_prob_business,m_prob_Sports,m_prob_world\na,.1,.2,.3\nb,,,\n")
    panel = read_panel_columns(path, classes=CLASSES)
    assert panel.llms[0].probs == [(0.2, 0.3, 0.1), None]
    lacking = written("lacking.csv", "id,m_prob_business,m_prob_sports\na,.1,.2\n")
    with pytest.raises(DataError, match=r"none for: world"):
        read_panel_columns(lacking, classes=CLASSES)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("[0.7, 0.2]", "2 numbers for 3 classes"),
        ("[0.7, -0.2, 0.1]", "not all numbers of at least 0"),
        ("[0.7, NaN, 0.1]", "not all numbers of at least 0"),
        ("[0.7, Infinity, 0.1]", "not all numbers of at least 0"),
        ('[0.7, "x", 0.1]', "not all numbers of at least 0"),
        ("sports", "expected 3 numbers, found 'sports'"),
        ("0.7", "expected 3 numbers"),
        ('{"sports": 1, "sport": 0}', '"sport" is not a class. Did you mean "sports"'),
    ],
)
def test_masses_that_are_none_are_refused_with_row_and_column(written, cell, message):
    frame = pd.DataFrame({"id": ["a", "b"], "yi_probs": ["[1, 0, 0]", cell]})
    path = written("in.csv", frame.to_csv(index=False))
    with pytest.raises(DataError) as caught:
        read_panel_columns(path, classes=CLASSES)
    assert 'in.csv:3, column "yi_probs"' in str(caught.value)
    assert message in str(caught.value)


LONG = (
    "id,text,gold,source,llm,label,seconds\n"
    "a,one,sports,web,gemma,sports,1\n"
    "a,one,sports,web,gemma,world,2\n"
    "b,two,,mail,yi,Business!,3\n"
    "a,one,sports,web,yi,,4\n"
)


def test_long_rows_are_gathered_by_text_and_llm(written):
    panel = read_panel_columns(written("in.csv", LONG), classes=CLASSES)
    assert panel.pool.ids == ("a", "b")
    assert panel.pool.texts == ("one", "two")
    assert panel.pool.gold.tolist() == [0, -1]
    assert panel.pool.places == (2, 4)
    assert panel.pool.columns["source"] == ["web", "mail"]
    assert "seconds" not in panel.pool.columns
    assert by_name(panel)["gemma"].replies == [("sports", "world"), ()]
    assert by_name(panel)["yi"].replies == [(), ("Business!",)]
    assert [
        llm.name for llm in read_panel_columns(written("in.csv", LONG), classes=CLASSES, llms=["yi"]).llms
    ] == ["yi"]
    with pytest.raises(DataError, match='Did you mean "gemma"'):
        read_panel_columns(written("in.csv", LONG), classes=CLASSES, llms=["gema"])


def test_long_rows_may_hold_masses(written):
    path = written(
        "in.csv", "id,model,prob_sports,prob_world,prob_business\na,x,.1,.2,.3\nb,y,.3,.2,.1\na,y,,,\n"
    )
    panel = read_panel_columns(path, classes=CLASSES)
    assert by_name(panel)["x"].probs == [(0.1, 0.2, 0.3), None]
    assert by_name(panel)["y"].probs == [None, (0.3, 0.2, 0.1)]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a,other,sports,web,yi,sports,1", r'in\.csv:6, column "text": differs from .*in\.csv:2'),
        (",x,,web,yi,sports,1", "without the id of its text"),
        ("a,one,sports,web,,sports,1", "without the name of its LLM"),
    ],
)
def test_contradictions_in_long_rows_are_refused(written, line, message):
    with pytest.raises(DataError, match=message):
        read_panel_columns(written("in.csv", LONG + line + "\n"), classes=CLASSES)


def test_two_different_masses_for_one_text_and_llm_are_refused(written):
    path = written("in.csv", 'id,llm,probs\na,x,"[1,0,0]"\na,x,"[1,0,0]"\na,x,"[0,1,0]"\n')
    with pytest.raises(DataError, match=r"in\.csv:4.*a second row of probs of x"):
        read_panel_columns(path, classes=CLASSES)


def test_an_llm_that_never_answers_is_kept_without_answers(written):
    path = written("in.csv", "id,yi_answers,mute_answers\na,sports,\nb,world,\n")
    panel = read_panel_columns(path, classes=CLASSES)
    assert by_name(panel)["mute"].replies == [(), ()]


def test_a_named_llm_that_is_not_there_is_refused(written):
    path = written("in.csv", "id,yi_answers\na,sports\n")
    with pytest.raises(DataError, match='no answers of an LLM "yy"'):
        read_panel_columns(path, classes=CLASSES, llms=["yy"])


def test_answers_are_not_joined_to_other_texts(written):
    panel = read_panel_columns(
        written("p.csv", "id,text,yi\n0,one,sports\n1,two,world\n2,three,world\n"), classes=CLASSES
    )
    texts = written("in.csv", "text\none\ntwo\nthree\n")
    with pytest.raises(
        DataError, match=r'other texts .* id "1" is "two" there and "one" here \(2 of 2 differ\)'
    ):
        same_rows(read_pool(texts), panel)
    with pytest.raises(DataError, match="no id in common"):
        same_rows(read_pool(written("other.csv", "id,text\nx,one\n")), panel)
    same_rows(read_pool(written("same.csv", "id,text\n2,three \n0,one\n1,two\n")), panel)


def test_answers_without_texts_are_joined_by_their_ids(written):
    panel = read_panel_columns(written("p.csv", "id,yi\na,sports\n"), classes=CLASSES)
    same_rows(read_pool(written("in.csv", "id,text\na,one\nb,two\n")), panel)


@pytest.mark.parametrize("name", json.loads((RECORDED / "labels.json").read_text("utf-8")))
def test_the_recorded_panels_are_read_whole(name):
    described = json.loads((RECORDED / "labels.json").read_text())[name]
    path = RECORDED / described["pool"]
    table = pl.read_parquet(path)
    filled = {column for column in table.columns if table[column].null_count() < len(table)}
    panel = read_panel_columns(path, classes=described["labels"])
    assert [llm.name for llm in panel.llms] == described["llms"]
    assert panel.has_text
    gold = table["gold"].is_not_null().to_numpy()  # rows shown to the models as examples have none
    assert ((panel.pool.gold >= 0) == gold).all()
    for llm in panel.llms:
        assert (llm.probs is not None) is (f"{llm.name}_probs" in filled)
        assert llm.votes is not None
        assert {len(mass) for mass in llm.votes if mass is not None} == {len(described["labels"])}
    assert any(any(llm.replies) for llm in panel.llms)  # of some LLMs only shares were published


def test_raw_masses_that_sum_to_over_one_are_kept_so(tmp_path):
    """docs/method.md, section 7: where a token fits several names, the paper's recordings sum to over 1."""
    path = tmp_path / "panel.parquet"
    rows = {"id": ["a", "b"], "yi_probs": [[0.9, 0.8, 0.1], [0.1, 0.1, 0.1]], "yi_votes": [[1.0, 0, 0], None]}
    pl.DataFrame(rows).write_parquet(path)
    (yi,) = read_panel_columns(path, classes=CLASSES).llms
    assert [np.sum(mass) for mass in yi.probs] == pytest.approx([1.8, 0.3])


@pytest.mark.parametrize(
    "cell", ["{{1}}", "[1if 2else 3]", r"['C:\d: sports']", "('a')('b')", "[{}:1]", "{[]: 1}"]
)
def test_a_reply_that_looks_like_a_list_of_some_language_is_read_without_a_word(written, cell, recwarn):
    path = written("in.csv", f'id,text,yi\na,one,sports\nb,two,"{cell}"\nc,three,world\n')
    (yi,) = read_panel_columns(path, classes=CLASSES).llms
    assert len(yi.replies[1]) == 1
    assert not recwarn.list
