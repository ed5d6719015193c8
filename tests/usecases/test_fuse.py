"""`mollia.fuse` of a data frame: what goes in, what comes out, and what is said of the wrong kind."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from tests.conftest import CLASSES, LLMS, written

import mollia
from mollia.errors import DataError, MolliaError, TaskError
from mollia.records import Fused

N = 60


@pytest.fixture(scope="module")
def frame(tmp_path_factory):
    """60 rows with an odd index; `coded_by_me` holds 24 labels."""
    folder = tmp_path_factory.mktemp("frame")
    written(folder, n=N)
    read = pd.read_csv(folder / "data.csv", keep_default_na=False).drop(columns=["silent"])
    coded = read["gold"].where(read.index < 24, None)
    read = read.drop(columns=["gold"]).assign(coded_by_me=coded)
    return read.set_index(pd.Index(range(100, 100 + N)))


@pytest.fixture(scope="module")
def result(frame):
    return mollia.fuse(frame, labels=CLASSES, human="coded_by_me")


def test_a_frame_comes_back_as_it_was_with_more_columns(frame, result):
    back = result.to_frame()
    assert isinstance(back, pd.DataFrame)
    pd.testing.assert_frame_equal(back[list(frame.columns)], frame)
    added = list(back.columns[len(frame.columns) :])
    classes = [f"p_{name}" for name in CLASSES]
    assert added[:7] == ["label", "confidence", "calibrated", *classes, "negative_labels"]
    assert "source" in added
    assert back["label"].tolist() == list(result.labels)
    np.testing.assert_allclose(back[classes].sum(axis=1), 1)
    assert back["source"].tolist() == ["human"] * 24 + ["panel"] * 36


def test_the_column_of_human_labels_is_not_taken_for_an_llm(result):
    assert result.panel.llms == tuple(LLMS)
    assert len(result.seed) == 24


def test_a_column_that_is_the_human_labels_themselves_is_left_out_and_named(frame, result):
    twice = frame.assign(second_look=frame["coded_by_me"])
    again = mollia.fuse(twice, labels=CLASSES, human="coded_by_me")
    assert again.run.panel.llms == result.run.panel.llms
    assert "second_look is not on the panel" in again.run.warnings[0]
    np.testing.assert_array_equal(again.fused.posterior, result.fused.posterior)
    with pytest.raises(DataError, match="second_look holds the human labels and nothing else"):
        mollia.fuse(twice[["id", "second_look", "coded_by_me"]], labels=CLASSES, human="coded_by_me")


def test_rows_without_a_text_are_named(frame):
    gaps = frame.assign(
        text=frame["text"].where(frame.index > 101, " ")
    )  # 100 and 101 are labelled by a person
    gaps.loc[[130, 140], "text"] = ""
    said = mollia.fuse(gaps, labels=CLASSES, human="coded_by_me").run.warnings
    assert [each for each in said if "lack of a text" in each] == [
        "Labelled from the answers alone, for lack of a text: r30, r40."
    ]


@pytest.mark.parametrize("kind", [pl.from_pandas, lambda df: pa.Table.from_pandas(df, preserve_index=False)])
def test_polars_and_arrow_stay_what_they_are(kind, frame, result):
    given = kind(frame)
    other = mollia.fuse(given, labels=CLASSES, human="coded_by_me")
    np.testing.assert_array_equal(other.fused.posterior, result.fused.posterior)
    back = other.to_frame()
    assert type(back) is type(given)
    assert back["label"].to_pylist() if isinstance(back, pa.Table) else back["label"].to_list()
    assert (back.column_names if isinstance(back, pa.Table) else back.columns)[:7] == list(frame.columns)


def names(frame):
    return [name if isinstance(name, str) else None for name in frame["coded_by_me"]]


def numbers(frame):
    return [-1 if name is None else CLASSES.index(name) for name in names(frame)]


FORMS = {
    "names, None": names,
    "names, blank": lambda df: [name or "" for name in names(df)],
    "numbers, -1": numbers,
    "numbers, NaN": lambda df: [np.nan if k < 0 else float(k) for k in numbers(df)],
    "array": lambda df: np.array(numbers(df)),
    "objects, pd.NA": lambda df: pd.array([pd.NA if k < 0 else k for k in numbers(df)], dtype="Int64"),
    "polars": lambda df: pl.Series(names(df)),
    "arrow": lambda df: pa.array(names(df)),
    "a Series of some rows, in another order": lambda df: df["coded_by_me"].dropna().iloc[::-1],
    "a whole Series with gaps": lambda df: df["coded_by_me"],
    "dict by id": lambda df: dict(zip(df["id"], df["coded_by_me"], strict=True)),
    "frame with id and label": lambda df: df[["id", "coded_by_me"]].rename(columns={"coded_by_me": "label"}),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_human_labels_come_in_every_form_a_notebook_has(form, frame, result):
    bare = frame.drop(columns=["coded_by_me"])
    other = mollia.fuse(bare, form(frame), labels=CLASSES)
    assert dict(zip(other.seed.ids, other.seed.y, strict=True)) == dict(
        zip(result.seed.ids, result.seed.y, strict=True)
    )
    np.testing.assert_array_equal(other.fused.posterior, result.fused.posterior)


def test_a_file_and_a_panel_are_read_too(frame, result, tmp_path):
    path = tmp_path / "answers.csv"
    frame.to_csv(path, index=False)
    from_file = mollia.fuse(path, labels=CLASSES, human="coded_by_me")
    panel = mollia.read_panel(frame.drop(columns=["coded_by_me"]), labels=CLASSES)
    from_panel = mollia.fuse(panel, human=frame["coded_by_me"].set_axis(frame["id"]))
    for other in (from_file, from_panel):
        np.testing.assert_array_equal(other.fused.posterior, result.fused.posterior)
    back = from_file.to_frame()
    assert isinstance(back, pd.DataFrame)
    assert back["id"].tolist() == frame["id"].tolist()
    assert back["label"].tolist() == list(result.labels)


def test_a_row_per_answer_is_gathered_by_id(frame, result):
    long = frame.melt(["id", "text", "note", "coded_by_me"], list(LLMS), "llm", "label")
    other = mollia.fuse(long, labels=CLASSES, human=dict(zip(frame["id"], frame["coded_by_me"], strict=True)))
    assert len(other) == N
    assert len(other.to_frame()) == N
    assert other.panel.llms == result.panel.llms


def test_numbers_are_names_where_the_classes_are_numbers():
    said = [1, 2, 2, 1] * 5
    frame = pd.DataFrame({"a": said, "b": said, "mine": [2, 1, np.nan, -1] * 5})
    found = mollia.fuse(frame, labels=[1, 2], human="mine")
    assert found.classes == ("1", "2")
    assert found.seed.y.tolist() == [1, 0] * 5


def test_texts_are_a_column_or_a_list(frame, result):
    renamed = frame.rename(columns={"text": "remark"})
    for texts in ("remark", frame["text"].to_list()):
        found = mollia.fuse(renamed, labels=CLASSES, human="coded_by_me", texts=texts)
        assert found.pool.texts == result.pool.texts


def test_a_column_of_a_name_that_is_taken_is_prefixed(frame):
    found = mollia.fuse(frame.assign(label="mine"), labels=CLASSES, human="coded_by_me", llms=list(LLMS))
    back = found.to_frame()
    assert set(back["label"]) == {"mine"}
    assert back["mollia_label"].tolist() == list(found.labels)


def test_bare_answers_give_a_fused_as_before(result):
    y = np.full(N, -1)
    y[:24] = result.seed.y
    before = mollia.fuse(result.panel, y, texts=result.pool.texts)
    assert isinstance(before, Fused)
    np.testing.assert_array_equal(before.posterior, result.fused.posterior)
    by_name = mollia.fuse(
        result.panel,
        human=[CLASSES[k] if k >= 0 else None for k in y],
        labels=CLASSES,
        texts=result.pool.texts,
    )
    np.testing.assert_array_equal(before.posterior, by_name.posterior)
    assert not mollia.fuse(result.panel).calibrated


WRONG = {
    "nothing": (lambda _: mollia.fuse(None), "cannot read answers from a NoneType"),
    "a column": (lambda df: mollia.fuse(df["text"], labels=CLASSES), "one column, not a data frame"),
    "lazy": (lambda df: mollia.fuse(pl.from_pandas(df).lazy(), labels=CLASSES), "LazyFrame is not a frame"),
    "no labels": (mollia.fuse, "labels is missing"),
    "one string": (lambda df: mollia.fuse(df, labels="a,b"), r"Write labels=\['a', 'b'\]"),
    "one class": (lambda df: mollia.fuse(df, labels=["a"]), "at least two are needed"),
    "a nameless class": (lambda df: mollia.fuse(df, labels=[None, "a"]), "None is not a class name"),
    "no column": (lambda df: mollia.fuse(df, labels=CLASSES, human="coded"), 'Did you mean "coded_by_me"'),
    "length": (
        lambda df: mollia.fuse(df, labels=CLASSES, human=[1]),
        "human has 1 entries, but there are 60",
    ),
    "no class": (
        lambda df: mollia.fuse(df, labels=CLASSES, human=["Refun"] * N),
        'row 1: "Refun" is not a class',
    ),
    "number": (lambda df: mollia.fuse(df, labels=CLASSES, human=[3] * N), "Class numbers go from 0 to 2"),
    "fraction": (lambda df: mollia.fuse(df, labels=CLASSES, human=[0.5] * N), '"0.5" is not a class'),
    "truth": (lambda df: mollia.fuse(df, labels=CLASSES, human=[True] * N), '"True" is not a class'),
    "probabilities": (lambda df: mollia.fuse(df, labels=CLASSES, human=np.ones((N, 3))), "has the shape"),
    "object": (lambda df: mollia.fuse(df, labels=CLASSES, human=object()), "human is an object"),
    "index": (
        lambda df: mollia.fuse(df, labels=CLASSES, human=pd.Series(["NA"], index=[7])),
        "a label for 7, which is not among the index",
    ),
    "id": (lambda df: mollia.fuse(df, labels=CLASSES, human={"x": "NA"}), "'x', which is not among ids"),
    "twice": (lambda df: mollia.fuse(df, [1], labels=CLASSES, human=[1]), "two names for one thing"),
    "keyword": (lambda df: mollia.fuse(df, labels=CLASSES, humann=[1]), 'Did you mean "human"'),
    "llms": (lambda df: mollia.fuse(df, labels=CLASSES, llms="good"), "llms is a str"),
    "text": (lambda df: mollia.fuse(df, labels=CLASSES, text=5), "text is an int"),
    "texts": (lambda df: mollia.fuse(df, labels=CLASSES, texts=[{}] * N), "expected a text, found a dict"),
    "view": (lambda df: mollia.fuse(df, labels=CLASSES, text_view=5), "text_view is an int"),
    "say": (lambda df: mollia.fuse(df, labels=CLASSES, say=5), "say is an int"),
    "method": (lambda df: mollia.fuse(df, labels=CLASSES, method=5), "method is an int"),
    "state": (lambda df: mollia.fuse(df, labels=CLASSES, random_state="x"), "random_state"),
}


@pytest.mark.parametrize(("call", "said"), WRONG.values(), ids=WRONG)
def test_the_wrong_kind_is_told_in_our_words(call, said, frame):
    with pytest.raises(MolliaError, match=said):
        call(frame)


def test_an_index_that_repeats_cannot_align_labels(frame):
    twice = frame.set_axis([5] * N)
    with pytest.raises(DataError, match="the index of the data repeats"):
        mollia.fuse(twice, labels=CLASSES, human=pd.Series(["NA"], index=[5]))


def test_an_unknown_method_is_told_with_the_known_ones(frame):
    with pytest.raises(TaskError, match="Known: default"):
        mollia.fuse(frame, labels=CLASSES, method="defalt")


def test_what_is_read_and_fused_side_by_side_of_very_many_rows_is_the_same(frame, result, monkeypatch):
    for module in ("usecases.fuse_panel", "session.recorded_panel", "data.panel_file"):
        monkeypatch.setattr(f"mollia.{module}.MANY", 10)
    many = mollia.fuse(frame, labels=CLASSES, human="coded_by_me")
    pd.testing.assert_frame_equal(many.to_frame(), result.to_frame())
    assert str(many) == str(result)
