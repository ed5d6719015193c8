"""Large plain CSV files are read as Arrow columns: what comes out, and every refusal, is the exact reader's.

Small files with faults of every kind are read both ways; that a file is large is switched off. Five hundred a run; the search goes on
from what it found before, and thousands were tried.
"""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.data.two_readers import outcome, panel, table

from mollia.data import csv_plain
from mollia.data.arrow_column import ArrowColumn
from mollia.data.files import file_batches
from mollia.text_format import TextFormat

PLAIN = (
    "id,text,gemma,yi_probs,yi_votes,gold\n"
    'a,"one, two",1,"[0.7, 0.2, 0.1]","[1.0, 0.0, 0.0]",1\n'
    'b,"say ""no""",NA,"[0.25, 0.5, 0.25]",,\n'
    'c,three,10,,"[0.0, 0.5, 0.5]",NA\n'
    'd,é ü,NA,"[1e-05, 0.9, 0.0999]","[0.1, 0.1, 0.8]",10\n'
)
ODD = st.sampled_from(
    [
        '"',
        '""',
        ",",
        "\n",
        "\r",
        "\r\n",
        ";",
        " ",
        "\t",
        "\x00",
        "\ufeff",
        "[",
        "]",
        "1.0",
        "1",
        "NA",
        "nan",
        "null",
        "0,5",
        "\x1c",
        "\u2028",
        "\xa0",
        "é",
        "-",
        "e",
        "x",
        "[1, 2]",
        "[0.1,0.2,0.7]",
        "True",
        ".5",
        "07",
        "1_0",
        "Infinity",
        "%",
    ]
)


@st.composite
def mutated(draw):
    text = PLAIN
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(text)))
        gone = draw(st.sampled_from([0, 0, 1, 3]))
        text = text[:at] + draw(ODD) + text[at + gone :]
    data = text.encode()
    if draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.sampled_from([b"\xff", b"\xed\xa0\x80", b"\xc3", b"\x00"])) + data[at:]
    if draw(st.booleans()):
        data = data.replace(b"\n", b"\r\n") if b"\r" not in data else data
    return data[:-1] if draw(st.booleans()) and data else data


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mutated(), st.sampled_from([None, None, None, ",", ";"]))
@example(PLAIN.encode(), None)
@example(b'a\n\n""\n x\n', None)
def test_the_two_readers_agree_on_every_file(data, delimiter):
    how = TextFormat(delimiter=delimiter)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / "in.csv"
        path.write_bytes(data)
        for read in (table, panel):
            patch.setattr(csv_plain, "LEAST", 10**12)
            exact = outcome(lambda read=read: read(path, how))
            patch.setattr(csv_plain, "LEAST", 0)
            assert outcome(lambda read=read: read(path, how)) == exact


@pytest.mark.parametrize(
    "text", [PLAIN, PLAIN.replace("\n", "\r\n"), "\ufeff" + PLAIN, PLAIN.replace("three", '"th\nree"')]
)
def test_a_plain_file_is_read_as_arrow_columns(tmp_path, monkeypatch, text):
    path = tmp_path / "in.csv"
    path.write_bytes(text.encode())
    (small,) = file_batches(path)
    assert not isinstance(small.columns["id"], ArrowColumn)
    monkeypatch.setattr(csv_plain, "LEAST", 0)
    (found,) = file_batches(path)
    assert isinstance(found.columns["id"], ArrowColumn)
    assert found.columns["gemma"].cells == ["1", "NA", "10", "NA"]
    assert list(found.places) == list(small.places)
