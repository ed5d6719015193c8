import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mollia.errors import DataError
from mollia_benchmarks.fetch.recordings import read_meta
from mollia_benchmarks.fetch.sources import LLMS, SETS
from mollia_benchmarks.fetch.texts import pool_rows, pool_texts, read_split, read_trec_test

CLASSES = SETS["imdb"].classes


def test_the_pools_row_i_is_the_splits_row_that_the_authors_shuffle_puts_there():
    rows = pool_rows(25_000, 10_000)
    assert np.array_equal(rows, np.random.default_rng(666).permutation(25_000)[:10_000])
    assert len(set(rows.tolist())) == 10_000


@pytest.mark.parametrize("name", ["ag_news", "imdb"])
def test_each_text_has_the_gold_class_that_was_recorded(folder, name):
    found = SETS[name]
    paths = (folder / found.meta_x.file, folder / found.meta_y.file)
    gold = read_meta(*paths, classes=found.classes, llms=LLMS).gold
    texts = pool_texts(folder / found.train.file, classes=found.classes, gold=gold)
    assert all(text.endswith(f" {found.classes[k]}") for text, k in zip(texts, gold, strict=True))


def test_another_order_of_the_split_is_noticed(folder):
    found = SETS["imdb"]
    gold = read_meta(folder / found.meta_x.file, folder / found.meta_y.file, classes=CLASSES, llms=LLMS).gold
    path = folder / found.train.file
    table = pq.read_table(path)
    pq.write_table(table.take(np.arange(len(table))[::-1]), path)
    with pytest.raises(DataError, match="rows have another gold class, the first is the pool's row"):
        pool_texts(path, classes=CLASSES, gold=gold)
    with pytest.raises(DataError, match="has 150 rows, the recordings have 151"):
        pool_texts(path, classes=CLASSES, gold=np.zeros(151, np.int64))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"text": ["a"]}, "has no column label"),
        ({"text": ["a", None], "label": [0, 1]}, "row 1: expected a text"),
        ({"text": ["a"], "label": [2]}, "a class from 0 to 1"),
        ({"text": ["a"], "label": [-1]}, "a class from 0 to 1"),
        ({"text": ["a"], "label": ["x"]}, "a class from 0 to 1"),
    ],
)
def test_a_split_of_another_form_is_refused(tmp_path, columns, said):
    path = tmp_path / "imdb_train.parquet"
    pq.write_table(pa.table(columns), path)
    with pytest.raises(DataError, match=said):
        read_split(path, classes=CLASSES)


def test_a_damaged_split_is_refused(folder):
    path = folder / "imdb_train.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match="imdb_train"):
        read_split(path, classes=CLASSES)


def test_trecs_test_questions_get_the_papers_class_names(folder):
    classes = SETS["trec"].classes
    texts, labels = read_trec_test(folder / "trec_test.label", classes=classes)
    assert texts == ("How far is it ?", "Who was it ?")
    assert [classes[k] for k in labels] == ["numeric", "human"]


@pytest.mark.parametrize("line", [b"NUM:dist", b"XYZ:a What ?", b""])
def test_a_test_line_of_another_form_is_named(tmp_path, line):
    path = tmp_path / "trec_test.label"
    path.write_bytes(b"NUM:dist How far ?\n" + line + b"\nHUM:ind Who ?\n")
    with pytest.raises(DataError, match=r"trec_test\.label:2: "):
        read_trec_test(path, classes=SETS["trec"].classes)
