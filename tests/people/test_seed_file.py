import numpy as np
import pytest

from mollia.errors import DataError
from mollia.people.seed_file import read_seed_file, write_seed_file
from mollia.people.seed_rows import SeedRows
from mollia.records import Pool

CLASSES = ("x", "y")


@pytest.fixture
def pool():
    return Pool(ids=tuple("abcdef"), texts=tuple(f"text {c}" for c in "abcdef"), gold=np.full(6, -1))


def rows(*at, chance=0.5, use="seed", batch=1):
    return SeedRows(rows=np.array(at), chance=np.full(len(at), chance), use=use, batch=batch)


def test_rows_to_label_are_written_read_and_made_longer_without_loss(tmp_path, pool):
    path = tmp_path / "seed.csv"
    empty = read_seed_file(path, pool, CLASSES)
    write_seed_file(path, empty.with_rows(rows(4, 1), pool, has_text=True))
    assert path.read_text("utf-8").splitlines()[:2] == [
        "id,text,label,chance,use,batch,batch_size",
        "e,text e,,0.5,seed,1,2",
    ]
    filled = path.read_text("utf-8").replace("text e,,", "text e,x,").replace("size\n", "size,who\n")
    path.write_text(filled.replace("1,2\nb", "1,2,kim\nb").replace("1,2\n", "1,2,\n"), "utf-8")
    file = read_seed_file(path, pool, CLASSES)
    assert (file.labels(6).tolist(), file.waiting.tolist()) == ([-1, -1, -1, -1, 0, -1], [False, True])
    longer = file.with_rows(rows(0, chance=np.nan, use="review"), pool, has_text=True)
    write_seed_file(path, longer)
    again = read_seed_file(path, pool, CLASSES)
    assert again.columns["who"] == ["kim", "", ""]
    assert again.uses == ("seed", "seed", "review")
    assert again.drawn.tolist() == [True, True, False]
    assert again.batch.tolist() == [1, 1, 1]
    assert again.columns["batch_size"] == ["2", "2", ""], "a row that a rule picked is of no draw"


def test_a_file_without_batches_is_read_and_made_longer_as_it_is(tmp_path, pool):
    path = tmp_path / "seed.csv"
    path.write_text("id,label,chance,use\na,x,0.5,seed\n", "utf-8")
    file = read_seed_file(path, pool, CLASSES)
    assert file.batch.tolist() == [0]
    write_seed_file(path, file.with_rows(rows(2), pool, has_text=False))
    assert path.read_text("utf-8").splitlines() == [
        "id,label,chance,use,batch,batch_size",
        "a,x,0.5,seed,,",
        "c,,0.5,seed,1,1",
    ]


def test_a_chosen_row_that_a_larger_draw_reaches_counts_as_drawn(tmp_path, pool):
    file = read_seed_file(tmp_path / "none.csv", pool, CLASSES)
    chosen = file.with_rows(rows(2, chance=np.nan, use="review"), pool, has_text=False)
    drawn = chosen.with_rows(rows(2, 3, chance=0.25), pool, has_text=False)
    assert (drawn.rows.tolist(), drawn.uses) == ([2, 3], ("seed", "seed"))
    assert drawn.columns == {
        "id": ["c", "d"],
        "label": [None, None],
        "chance": [0.25, 0.25],
        "use": ["seed", "seed"],
        "batch": [1, 1],
        "batch_size": [2, 2],
    }


def test_audit_rows_do_not_train(tmp_path, pool):
    path = tmp_path / "seed.csv"
    path.write_text("id,label,use\na,x,audit\nb,y,\n", "utf-8")
    assert read_seed_file(path, pool, CLASSES).labels(6).tolist() == [-1, 1, -1, -1, -1, -1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,label\na,x\na,x\n", 'seed.csv:3: the id "a" was already used'),
        ("id,label\nz,x\n", 'no row with the id "z"'),
        ("id,label\na,w\n", '"w" is not a class'),
        ("id,label,use\na,x,odd\n", '"odd" is not a use'),
        ("id,label,batch\na,x,first\n", '"first" is not a whole number'),
    ],
)
def test_a_wrong_file_is_told_with_its_place(tmp_path, pool, text, message):
    path = tmp_path / "seed.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(DataError, match=message):
        read_seed_file(path, pool, CLASSES)
