import contextlib
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mollia.errors import DataError
from mollia_benchmarks.fetch.recordings import check_rows, read_meta, read_raw
from mollia_benchmarks.fetch.sources import LLMS, SETS

TREC = SETS["trec"]


def meta(folder):
    return read_meta(folder / "trec_meta_x.npy", folder / "trec_meta_y.npy", classes=TREC.classes, llms=LLMS)


def test_z_and_c_alternate_in_the_order_of_the_llms(folder):
    h = np.load(folder / "trec_meta_x.npy")
    found = meta(folder)
    for llm in range(5):
        assert np.array_equal(found.z[:, llm], h[:, 2 * llm])
        assert np.array_equal(found.c[:, llm], h[:, 2 * llm + 1])
    assert found.z.sum(2).max() > 1  # as recorded, not normalised


def test_a_flat_meta_x_is_the_same(folder):
    before = meta(folder)
    h = np.load(folder / "trec_meta_x.npy")
    np.save(folder / "trec_meta_x.npy", h.reshape(len(h), -1))
    assert np.array_equal(meta(folder).z, before.z)


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("x", lambda a: a[:-1], "expected 120 rows"),
        ("x", lambda a: a[:, :8], "5 LLMs"),
        ("x", lambda a: np.where(np.arange(len(a))[:, None, None] == 3, -0.5, a), "row 3, gemma: -0.5"),
        ("x", lambda a: np.where(np.isnan(a) | (a == a[5, 2, 1]), np.nan, a), "row 5, llama: nan"),
        ("x", lambda a: a * 3, "a share of the answers, from 0 to 1"),
        ("x", lambda a: a.astype(str), "does not hold an array of numbers"),
        ("x", lambda _: np.float64(1), "does not hold an array of numbers"),
        ("y", lambda a: a[:, :5], "expected rows of 6 classes"),
        ("y", lambda a: a[:0], "expected rows of 6 classes"),
        ("y", lambda a: a[:, 0], "expected rows of 6 classes"),
        ("y", lambda a: a * 2, "row 0: .* is not one class"),
        ("y", np.ones_like, "row 0: .* is not one class"),
    ],
)
def test_numbers_that_cannot_be_are_refused_with_file_and_row(folder, file, change, said):
    path = folder / f"trec_meta_{file}.npy"
    np.save(path, change(np.load(path)))
    with pytest.raises(DataError, match=said) as refused:
        meta(folder)
    assert str(folder) in str(refused.value)
    assert refused.value.hint


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not numpy",
        b"\x93NUMPY\x01\x00",
        b"PK\x05\x06" + bytes(18),
        b"\x80\x04K\x01.",
        b"\x93NUMPY\x01\x00\x10\x00{'descr': '<f8' (",
        b"\x93NUMPY\x01\x00\x10\x00{'descr': 012}   ",
        b"\x93NUMPY\x01\x00\x10\x00{b'descr': 1,2:3}",
    ],
    ids=["empty", "text", "cut header", "npz", "pickle", "open bracket", "bad number", "mixed keys"],
)
def test_what_is_not_an_array_is_refused(folder, body):
    (folder / "trec_meta_x.npy").write_bytes(body)
    with pytest.raises(DataError, match="trec_meta_x"):
        meta(folder)


def test_objects_are_never_unpickled(folder):
    np.save(folder / "trec_meta_x.npy", np.array([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(DataError, match="not a readable"):
        meta(folder)


def test_a_header_that_promises_more_than_the_file_has_is_not_believed(folder):
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (999999999999, 10, 6), }\n"
    header = header.rjust(118)
    (folder / "trec_meta_x.npy").write_bytes(
        b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    )
    with pytest.raises(DataError, match="not a readable"):
        meta(folder)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_is_refused_or_gives_numbers_that_can_be(folder, small, data):
    name = data.draw(st.sampled_from(["trec_meta_x.npy", "trec_meta_y.npy"]))
    body = bytearray(small[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.one_of(st.integers(0, 140), st.integers(0, len(body) - 1)))
        body[at] = data.draw(st.integers(0, 255))
    del body[data.draw(st.one_of(st.just(len(body)), st.integers(0, len(body)))) :]
    (folder / name).write_bytes(body)
    found = None
    with contextlib.suppress(DataError):
        found = meta(folder)
    (folder / name).write_bytes(small[name])
    if found is not None:
        assert np.isfinite(found.z).all()
        assert found.z.min() >= 0
        assert found.c.min() >= 0
        assert set(found.gold) <= set(range(6))


LINE = json.dumps({"text": "a", "label": "entity", "llm_label": ["entity"]})


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        LINE.replace('"a"', "3"),
        LINE.replace('"a"', r'"\ud800"'),
        LINE.replace('["entity"]', "[]"),
        LINE.replace('["entity"]', '"entity"'),
        LINE.replace('["entity"]', "[1]"),
        LINE.replace("label", "labels", 1),
        "\xff",
    ],
    ids=str,
)
def test_a_damaged_line_of_raw_answers_is_named(tmp_path, line):
    path = tmp_path / "trec_yi.json"
    path.write_text(f"{LINE}\n{line}\n{LINE}\n", "latin-1")
    with pytest.raises(DataError, match=r"trec_yi\.json:2: expected a JSON object"):
        read_raw(path, rows=3)


def test_too_few_raw_answers_are_refused(tmp_path):
    path = tmp_path / "trec_yi.json"
    path.write_text(f"{LINE}\n")
    with pytest.raises(DataError, match="has 1 rows, the recorded numbers have 3"):
        read_raw(path, rows=3)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("text", "another text", "the text is not that of trec_gemma"),
        ("label", "nothing", 'gold is "nothing"'),
        ("llm_label", ["entity"] * 9 + ["abbreviation"], "the answers give the shares"),
    ],
)
def test_answers_that_are_not_those_of_the_numbers_are_refused(folder, key, value, said):
    path = folder / "trec_yi.json"
    lines = path.read_text().splitlines()
    lines[4] = json.dumps(json.loads(lines[4]) | {key: value})
    path.write_text("\n".join(lines))
    first, yi = (read_raw(folder / f"trec_{llm}.json", rows=120) for llm in ("gemma", "yi"))
    with pytest.raises(DataError, match=rf"trec_yi\.json:5: {said}"):
        check_rows(yi, like=first, meta=meta(folder), llm=4, classes=TREC.classes)
