import numpy as np
import pandas as pd
import pytest
from tests.pictures import BLUE, RED, image, sound

from mollia.content import content_bytes, identity
from mollia.data import duplicates
from mollia.data.content_columns import ContentColumns, number_columns, row_texts
from mollia.data.read import read_pool, read_table
from mollia.errors import DataError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "img").mkdir()
    (tmp_path / "img" / "red.png").write_bytes(image(RED))
    (tmp_path / "img" / "blue.jpg").write_bytes(image(BLUE, kind="JPEG"))
    (tmp_path / "img" / "red again.png").write_bytes(image(RED))
    return tmp_path


def table(folder, lines, head="id,image"):
    path = folder / "rows.csv"
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path


def images(folder, **more):
    return ContentColumns(folder=folder, image="image", **more)


def test_an_image_is_named_by_a_path_from_the_datas_folder(folder):
    path = table(folder, ["a,img/red.png", "b,img/blue.jpg", "c,", "d,https://example.org/x.png"])
    pool = read_pool(path, content=images(folder))
    assert pool.content == "image"
    assert content_bytes(pool.texts[0]) == image(RED)
    assert content_bytes(pool.texts[1]) == image(BLUE, kind="JPEG")
    assert pool.texts[2:] == ("", "https://example.org/x.png")
    assert pool.shown == ("img/red.png", "img/blue.jpg", "", "https://example.org/x.png")
    assert pool.columns["image"][0] == "img/red.png"


def test_equal_bytes_are_one_content_whatever_their_names(folder):
    pool = read_pool(table(folder, ["a,img/red.png", "b,img/red again.png"]), content=images(folder))
    assert pool.texts[0] == pool.texts[1]
    assert pool.shown == ("img/red.png", "img/red again.png")


def test_a_text_column_is_the_caption(folder):
    path = table(folder, ["a,img/red.png,a red one", "b,img/blue.jpg,"], "id,image,text")
    assert read_pool(path, content=images(folder)).shown == ("a red one", "img/blue.jpg")
    with pytest.raises(DataError, match='no column "caption"'):
        read_pool(path, text="caption", content=images(folder))


def test_parquet_holds_bytes_by_themselves_or_as_datasets_stores_them(folder):
    plain = folder / "plain.parquet"
    pd.DataFrame({"id": ["a", "b"], "image": [image(RED), None]}).to_parquet(plain)
    pool = read_pool(plain, content=images(folder))
    assert (content_bytes(pool.texts[0]), pool.texts[1]) == (image(RED), "")
    assert pool.columns["image"] == ("row 1", "")  # no bytes in labels.csv
    stored = folder / "stored.parquet"
    cells = [{"bytes": image(RED), "path": "x/red.png"}, {"bytes": None, "path": "img/red again.png"}]
    pd.DataFrame({"id": ["a", "b"], "image": cells}).to_parquet(stored)
    pool = read_pool(stored, content=images(folder))
    assert identity(pool.texts[0]) == identity(pool.texts[1])
    assert pool.shown == ("red.png", "img/red again.png")


def test_every_row_that_cannot_be_used_is_named_at_once(folder):
    (folder / "img" / "text.png").write_text("not an image", encoding="utf-8")
    (folder / "img" / "half.png").write_bytes(image(size=(300, 300))[:200])
    path = table(folder, ["a,img/none.png", "b,img/red.png", "c,img/text.png", "d,img/half.png", "e,img"])
    with pytest.raises(DataError) as caught:
        read_pool(path, content=images(folder))
    said = caught.value.args[0].splitlines()
    assert said[0].endswith('rows.csv:2, column "image": there is no file "img/none.png".')
    assert said[1].endswith(
        'rows.csv:4, column "image": "img/text.png" is not an image (PNG, JPEG, GIF, WebP or BMP).'
    )
    assert 'rows.csv:5, column "image": "img/half.png" is damaged: ' in said[2]
    assert said[3] == "… and 1 more rows."
    assert "data.folder" in caught.value.hint


@pytest.mark.parametrize("cell", ["../secret.png", "/etc/passwd", "img/../../secret.png", "img/link.png"])
def test_no_path_leads_out_of_the_folder(folder, tmp_path_factory, cell):
    outside = tmp_path_factory.mktemp("outside") / "secret.png"
    outside.write_bytes(image())
    (folder / "img" / "link.png").symlink_to(outside)
    with pytest.raises(DataError, match="leads out of the folder"):
        read_pool(table(folder, [f"a,{cell}"]), content=images(folder))


def test_sound_is_a_content_too(folder):
    (folder / "a.wav").write_bytes(sound())
    (folder / "b.wav").write_bytes(image())
    pool = read_pool(
        table(folder, ["a,a.wav"], "id,clip"), content=ContentColumns(folder=folder, audio="clip")
    )
    assert (pool.content, content_bytes(pool.texts[0])) == ("audio", sound())
    with pytest.raises(DataError, match="is not a sound file"):
        read_pool(table(folder, ["a,b.wav"], "id,clip"), content=ContentColumns(folder=folder, audio="clip"))


def test_a_row_of_columns_is_lines_of_name_and_value(folder):
    path = table(folder, ["1,Ada,36,ok", "2,,7.0,"], "id,name,age,note")
    read = read_table(path)
    assert row_texts(read, ["name", "age", "note"]) == ("name: Ada\nage: 36\nnote: ok", "age: 7.0")
    pool = read_pool(path, content=ContentColumns(folder=folder, columns=("age", "name")))
    assert (pool.content, pool.texts[0]) == ("text", "age: 36\nname: Ada")


def test_vectors_come_from_columns_or_a_file(folder):
    path = table(folder, ["1,1.5,2", '2,"3,5",-1'], "id,x,y")
    pool = read_pool(path, content=ContentColumns(folder=folder, vectors=("y", "x")))
    assert pool.content == "nothing"
    assert pool.vectors.tolist() == [[2, 1.5], [-1, 3.5]]
    assert pool.shown == ("1", "2")
    assert len(set(duplicates.near(pool.texts).tolist())) == 2
    np.save(folder / "v.npy", np.arange(6).reshape(2, 3))
    pool = read_pool(path, content=ContentColumns(folder=folder, vectors=folder / "v.npy"))
    assert pool.vectors.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_vectors_that_do_not_fit_are_refused_with_their_place(folder):
    path = table(folder, ["1,1.5,2", "2,old,"], "id,x,y")
    with pytest.raises(DataError, match=r'rows\.csv:3, column "x": expected a number, found "old"'):
        number_columns(read_table(path), ["x"])
    with pytest.raises(DataError, match=r'rows\.csv:3, column "y": expected a number, found ""'):
        number_columns(read_table(path), ["y"])

    def of(array):
        np.save(folder / "v.npy", array, allow_pickle=True)
        return read_pool(path, content=ContentColumns(folder=folder, vectors=folder / "v.npy"))

    with pytest.raises(DataError, match=r"shape \(3, 2\); .* has 2 rows"):
        of(np.zeros((3, 2)))
    with pytest.raises(DataError, match=r"rows\.csv:3 is not finite"):
        of(np.array([[1.0], [np.nan]]))
    with pytest.raises(DataError, match="holds no vectors"):
        of(np.array([{}, {}], object))
    with pytest.raises(DataError, match="holds no vectors: No such file"):
        read_pool(path, content=ContentColumns(folder=folder, vectors=folder / "none.npy"))
