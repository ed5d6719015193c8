"""tests/cases/README.md, O12: CSV files from a Windows desk, below a path with a blank and an accent."""

import csv
import io

import pytest

from mollia.data.csv_file import csv_lines
from mollia.data.labels_file import write_labels
from mollia.data.read import read_pool, read_table
from mollia.errors import DataError
from mollia.text_format import TextFormat

COLUMNS = {
    "id": ["1", "2", "3"],
    "Text ": ["un café", "zwei Zeilen:\r\nGrüße; bis bald", "plain, with – dash €"],
    "note": ["", "NA", "x"],
}


def windows_csv(encoding: str) -> bytes:
    text = "".join(csv_lines(COLUMNS, delimiter=";")).replace("\n", "\r\n").replace("\r\r\n", "\r\n")
    return text.encode(encoding)


@pytest.mark.parametrize(
    ("saved_as", "asked"), [("cp1252", "cp1252"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16")]
)
def test_every_row_is_read_with_letters_line_breaks_and_places_intact(written, saved_as, asked):
    path = written("in.csv", windows_csv(saved_as))
    said = []
    pool = read_pool(path, id="id", text_format=TextFormat(encoding=asked), say=said.append)
    assert pool.texts == tuple(COLUMNS["Text "])
    assert list(pool.columns) == list(COLUMNS)
    assert pool.places == (2, 3, 5)
    assert any('"Text "' in sentence for sentence in said)
    assert any("semicolon" in sentence for sentence in said)


def test_without_the_encoding_the_error_names_row_offset_and_encoding(written):
    content = windows_csv("cp1252")
    with pytest.raises(DataError) as caught:
        read_table(written("in.csv", content))
    offset = content.index(b"\xe9")
    message = str(caught.value)
    assert "répertoire/in.csv:2" in message
    assert f"byte 0xe9 at offset {offset}" in message
    assert '"café"' in message
    assert "--encoding cp1252" in caught.value.hint


def test_offsets_count_the_byte_order_mark(written):
    content = b"\xef\xbb\xbftext\ncaf\xe9\n"
    with pytest.raises(DataError, match="offset 11 "):
        read_table(written("in.csv", content))


@pytest.mark.parametrize("saved_as", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("asked", ["cp1252", "latin-1", "mac-roman"])
def test_utf8_is_never_read_as_a_one_byte_encoding(written, saved_as, asked):
    with pytest.raises(DataError, match="UTF-8"):
        read_table(written("in.csv", windows_csv(saved_as)), text_format=TextFormat(encoding=asked))


def test_cp1252_is_never_read_as_latin_1(written):
    with pytest.raises(DataError, match="control characters"):
        read_table(written("in.csv", windows_csv("cp1252")), text_format=TextFormat(encoding="latin-1"))


def test_true_latin_1_is_read(written):
    assert read_table(
        written("in.csv", "a,b\ncafé,1\n", "latin-1"), text_format=TextFormat(encoding="latin-1")
    ).columns["a"] == ("café",)


@pytest.mark.parametrize("saved_as", ["utf-16", "utf-16-le"])
def test_utf16_without_its_name_is_refused_with_the_name(written, saved_as):
    with pytest.raises(DataError) as caught:
        read_table(written("in.csv", "id,text\n1,hello\n", saved_as))
    assert "--encoding utf-16" in caught.value.hint


@pytest.mark.parametrize("unknown", ["utf-88", "cp9999", "hex", "a\0b", ""])
def test_an_unknown_encoding_is_refused(written, unknown):
    with pytest.raises(DataError, match="no text encoding called"):
        read_table(written("in.csv", "id,text\n1,a\n"), text_format=TextFormat(encoding=unknown))


def test_bytes_no_common_encoding_fits_are_refused(written):
    with pytest.raises(DataError, match="0x81 at offset 5") as caught:
        read_table(written("in.csv", b"text\n\x81\xff\x8d\n"))
    assert "cp1252" not in str(caught.value)


@pytest.mark.parametrize(("bom", "encoding"), [(True, "utf-8"), (False, "cp1252")])
def test_the_output_opens_in_the_same_program(written, fused, bom, encoding):
    """A reader of bytes, `;` and the encoding or its mark finds the cells that went in."""
    source = written("in.csv", windows_csv("cp1252"))
    pool = read_pool(source, id="id", text_format=TextFormat(encoding="cp1252"))
    out = source.with_name("labels.csv")
    write_labels(
        out,
        pool,
        ["a", "b"],
        fused(3, 2),
        ["panel"] * 3,
        text_format=TextFormat(bom=bom, encoding=encoding, delimiter=";"),
    )
    content = out.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") is bom
    text = content.decode("utf-8-sig" if bom else encoding)
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    assert header[:4] == ["id", "Text ", "note", "label"]
    assert [row[1] for row in rows] == COLUMNS["Text "]
    assert [row[2] for row in rows] == COLUMNS["note"]
