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


def rows(*at, chance=0.5, use="seed"):
    return SeedRows(rows=np.array(at), chance=np.full(len(at), chance), use=use)


def test_rows_to_label_are_written_read_and_made_longer_without_loss(tmp_path, pool):
    path = tmp_path / "seed.csv"
    empty = read_seed_file(path, pool, CLASSES)
    write_seed_file(path, empty.with_rows(rows(4, 1), pool, has_text=True))
    assert path.read_text("utf-8").splitlines()[:2] == ["id,text,label,chance,use", "e,text e,,0.5,seed"]
    filled = path.read_text("utf-8").replace("text e,,", "text e,x,").replace("use\n", "use,who\n")
    path.write_text(filled.replace("0.5,seed\nb", "0.5,seed,kim\nb").replace("seed\n", "seed,\n"), "utf-8")
    file = read_seed_file(path, pool, CLASSES)
    assert (file.labels(6).tolist(), file.waiting.tolist()) == ([-1, -1, -1, -1, 0, -1], [False, True])
    longer = file.with_rows(rows(0, chance=np.nan, use="review"), pool, has_text=True)
    write_seed_file(path, longer)
    again = read_seed_file(path, pool, CLASSES)
    assert again.columns["who"] == ["kim", "", ""]
    assert again.uses == ("seed", "seed", "review")
    assert again.drawn.tolist() == [True, True, False]


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
    }


def test_audit_rows_do_not_train(tmp_path, pool):
    path = tmp_path / "seed.csv"
    path.write_text("id,label,use\na,x,audit\nb,y,\n", "utf-8")
    assert read_seed_file(path, pool, CLASSES).labels(6).tolist() == [-1, 1, -1, -1, -1, -1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,label\na,x\na,x\n", 'the id "a" twice'),
        ("id,label\nz,x\n", 'no row with the id "z"'),
        ("id,label\na,w\n", '"w" is not a class'),
        ("id,label,use\na,x,odd\n", '"odd" is not a use'),
    ],
)
def test_a_wrong_file_is_told_with_its_place(tmp_path, pool, text, message):
    path = tmp_path / "seed.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(DataError, match=message):
        read_seed_file(path, pool, CLASSES)
