"""tests/cases/README.md, O3: labels that look like numbers or missing values come back as written."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mollia.data.human_labels import read_labels
from mollia.data.labels_file import write_labels
from mollia.data.read import read_pool

NUMBERS = ("1", "2", "10")
NUMBERS_CSV = "id,text,label\na,x,1\nb,x,\nc,x,2\nd,x,10\ne,x,\nf,x,1\ng,x,\n"
NUMBERS_Y = [0, -1, 1, 2, -1, 0, -1]
MISSING = ("NA", "None", "null", "nan", "yes")
MISSING_CSV = "id,text,label\na,NA,NA\nb,x,None\nc,,\nd,x,null\ne,x,nan\nf,x,\ng,x,yes\nh,x,NA\n"
MISSING_Y = [0, 1, -1, 2, 3, -1, 4, 0]


@pytest.mark.parametrize(
    ("content", "classes", "y"),
    [
        (NUMBERS_CSV, NUMBERS, NUMBERS_Y),
        ("id,text,label\na,x,True\nb,x,False\nc,x,\nd,x,True\n", ("True", "False"), [0, 1, -1, 0]),
        (MISSING_CSV, MISSING, MISSING_Y),
    ],
)
def test_csv_labels_are_what_is_written_and_blank_is_unlabelled(written, fused, content, classes, y):
    path = written("in.csv", content)
    pool = read_pool(path, id="id", gold="label", classes=classes)
    assert pool.gold.tolist() == y
    labels = read_labels(path, classes=classes, ids=pool.ids)
    assert dict(zip(labels.ids, labels.y.tolist(), strict=True)) == {
        id_: k for id_, k in zip(pool.ids, y, strict=True) if k >= 0
    }
    out = path.with_name("out.csv")
    write_labels(out, pool, classes, fused(len(pool), len(classes)), ["panel"] * len(pool))
    again = read_pool(out, id="id", gold="label", classes=classes)
    assert again.gold.tolist() == y
    assert list(again.columns["label"]) == list(pool.columns["label"])
    assert again.texts == pool.texts


@pytest.mark.parametrize("kind", ["pandas", "polars", "parquet", "pyarrow"])
@pytest.mark.parametrize(
    ("values", "classes", "y"),
    [
        ([1.0, None, 2.0, 10.0], NUMBERS, [0, -1, 1, 2]),
        ([True, None, False, True], ("True", "False"), [0, -1, 1, 0]),
        (["NA", None, "nan", "None"], MISSING, [0, -1, 3, 1]),
    ],
)
def test_typed_columns_with_gaps_mean_the_same_labels(tmp_path, kind, values, classes, y):
    data = {"id": ["a", "b", "c", "d"], "label": values}
    source = {
        "pandas": lambda: pd.DataFrame(data),
        "polars": lambda: pl.DataFrame(data),
        "pyarrow": lambda: pa.table(data),
        "parquet": lambda: (pq.write_table(pa.table(data), tmp_path / "in.parquet"), tmp_path / "in.parquet")[
            1
        ],
    }[kind]()
    labels = read_labels(source, classes=classes, ids=data["id"])
    given = np.full(4, -1)
    given[[data["id"].index(id_) for id_ in labels.ids]] = labels.y
    assert given.tolist() == y


def test_pandas_own_missing_values_are_blank():
    frame = pd.DataFrame(
        {
            "id": ["a", "b", "c"],
            "label": pd.array([1, pd.NA, 10], dtype="Int64"),
        }
    )
    labels = read_labels(frame, classes=NUMBERS, ids=["a", "b", "c"])
    assert (labels.ids, labels.y.tolist()) == (("a", "c"), [0, 2])


def test_what_pandas_makes_of_numbers_with_gaps_in_a_csv_is_understood(written):
    path = written("in.csv", "id,label\na,1.0\nb,\nc,10.0\n")
    assert read_labels(path, classes=NUMBERS, ids=["a", "b", "c"]).y.tolist() == [0, 2]
