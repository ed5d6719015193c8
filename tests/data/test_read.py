import pytest

from mollia.data.read import read_pool, read_table
from mollia.errors import DataError

CLASSES = ("Refund", "Delivery")


def test_row_order_and_every_column_are_kept(written):
    path = written("in.csv", "z,text,a,id\n9,b,NA,i2\n8,a,,i1\n")
    pool = read_pool(path, id="id")
    assert pool.ids == ("i2", "i1")
    assert pool.texts == ("b", "a")
    assert pool.columns == {"z": ("9", "8"), "text": ("b", "a"), "a": ("NA", ""), "id": ("i2", "i1")}
    assert pool.places == (2, 3)
    assert pool.gold.tolist() == [-1, -1]


def test_rows_are_numbered_from_one_only_where_there_are_no_ids(written):
    assert read_pool(written("in.csv", "text,n\na,1\n,2\n")).ids == ("1", "2")
    path = written("ids.csv", "text,ID\na,0\nb,1\n")
    assert read_pool(path).ids == ("0", "1")
    assert read_pool(path, id="").ids == ("1", "2")


def test_a_missing_column_lists_the_columns_and_the_nearest(written):
    with pytest.raises(DataError, match=r'no column "txt" \(the texts\)\. Did you mean "text"') as caught:
        read_pool(written("in.csv", "id,text\n1,a\n"), text="txt")
    assert '"id", "text"' in caught.value.hint


def test_a_name_that_fits_two_columns_is_refused(written):
    with pytest.raises(DataError, match="several columns"):
        read_pool(written("in.csv", "TEXT,Text \na,b\n"))


def test_a_repeated_id_names_both_lines(written):
    path = written("in.csv", 'id,text\nx,"two\nlines"\ny,b\nx,c\n')
    with pytest.raises(
        DataError, match=r'in\.csv:5, column "id": the id "x" was already used in .*in\.csv:2'
    ):
        read_pool(path, id="id")


def test_a_blank_id_is_refused(written):
    with pytest.raises(DataError, match=r"in\.csv:3, .*without a usable id"):
        read_pool(written("in.csv", "id,text\n1,a\n ,b\n"), id="id")


def test_a_gold_label_that_is_no_class_names_line_and_nearest(written):
    path = written("in.csv", "text,gold\na,Refund\nb,Delivry\nc,\nd,nothing\n")
    with pytest.raises(DataError) as caught:
        read_pool(path, gold="gold", classes=CLASSES)
    message = str(caught.value)
    assert 'in.csv:3, column "gold": "Delivry" is not a class. Did you mean "Delivery"?' in message
    assert "1 more rows" in message
    assert "Refund, Delivery" in caught.value.hint


def test_a_header_without_rows_is_refused(written):
    with pytest.raises(DataError, match="column names but no rows"):
        read_pool(written("in.csv", "id,text\n"))


def test_numbers_become_texts_and_lists_are_refused(written):
    pool = read_pool(written("in.jsonl", '{"text": 3}\n{"text": null}\n{"text": true}\n'))
    assert pool.texts == ("3", "", "True")
    with pytest.raises(DataError, match=r"in\.jsonl:2.* expected a text, found a list"):
        read_pool(written("in.jsonl", '{"text": "a"}\n{"text": ["b"]}\n'))


def test_half_a_character_is_refused_with_its_line(written):
    with pytest.raises(DataError, match=r"in\.jsonl:2.*half a character"):
        read_pool(written("in.jsonl", '{"text": "é"}\n{"text": "x\\ud83d"}\n'))


@pytest.mark.parametrize(
    ("name", "said", "hint"),
    [
        ("in.ods", 'end in ".ods" are not read', "CSV UTF-8"),
        ("in.csv.gz", 'end in ".gz" are not read', "Unpack"),
        ("in.pkl", 'end in ".pkl" are not read', "Pickle"),
        ("in.docx", 'end in ".docx" are not read', "Known"),
        ("in", "the name has no ending", "Known"),
    ],
)
def test_a_kind_of_file_that_is_not_read_says_what_to_do(written, name, said, hint):
    with pytest.raises(DataError, match=said) as caught:
        read_table(written(name, "x"))
    assert hint in caught.value.hint


def test_a_missing_file_names_the_nearest(written):
    path = written("reviews.csv", "text\na\n")
    with pytest.raises(DataError, match=r'Did you mean "reviews\.csv"'):
        read_table(path.with_name("review.csv"))
    with pytest.raises(DataError, match="no folder"):
        read_table(path.parent / "nowhere" / "x.csv")


def test_folders_and_objects_are_refused(written):
    with pytest.raises(DataError, match="is a folder"):
        read_table(written("a.csv", "x").parent)
    with pytest.raises(DataError, match="is not a table"):
        read_table([1, 2])


def test_a_table_passes_through(written):
    table = read_table(written("in.tsv", "id\ttext\n1\ta, b\n"))
    assert table.columns["text"] == ("a, b",)
    assert read_table(table) is table
