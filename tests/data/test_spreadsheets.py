"""CSV files that people open in a spreadsheet program hold no formula, and come back as they were."""

import csv

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mollia.data.cells import FORMULA
from mollia.data.human_labels import labels_by_use
from mollia.data.read import read_table
from mollia.data.write_table import write_columns
from mollia.people.seed_file import read_seed_file, write_seed_file
from mollia.people.seed_rows import SeedRows
from mollia.records import Pool
from mollia.text_format import TextFormat

SAFE = TextFormat(spreadsheet=True)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
CELLS = WORDS | st.builds(str.__add__, st.sampled_from([*FORMULA, "'", "'=", "''@"]), WORDS)
NAMES = CELLS.filter(lambda name: name.strip() and not name.startswith(("\ufeff", "sep=")))
ANY_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@ANY_FOLDER
@given(st.lists(NAMES, min_size=2, max_size=4, unique=True), st.lists(CELLS, max_size=5))
def test_what_is_made_safe_is_read_back_without_change_and_holds_no_formula(tmp_path, names, cells):
    path = tmp_path / "x.csv"
    columns = {name: [*cells, "end"] for name in names}
    write_columns(path, columns, text_format=SAFE)
    read = read_table(path, text_format=TextFormat(spreadsheet=True, delimiter=",")).columns
    kept = [cell for cell in columns[names[0]] if cell.strip()]
    assert {name: [cell for cell in read[name] if cell.strip()] for name in names} == dict.fromkeys(
        names, kept
    )
    with path.open(encoding="utf-8", newline="") as file:
        raw = [cell for record in csv.reader(file) for cell in record]
    assert not [cell for cell in raw if cell[:1] in {"=", "@", "\t", "\r", "\n"} and cell]


@ANY_FOLDER
@given(
    st.lists(NAMES, min_size=2, max_size=5, unique_by=lambda name: name.strip().casefold()),
    st.lists(NAMES, min_size=1, max_size=5, unique=True),
    st.data(),
)
def test_a_seed_file_keeps_ids_texts_and_labels_whatever_they_begin_with(tmp_path, classes, ids, data):
    texts = data.draw(st.lists(CELLS, min_size=len(ids), max_size=len(ids)))
    pool = Pool(ids=tuple(ids), texts=tuple(texts), gold=np.full(len(ids), -1))
    path = tmp_path / "seed.csv"
    path.unlink(missing_ok=True)
    rows = SeedRows(rows=np.arange(len(ids)), chance=np.full(len(ids), 0.5), use="seed")
    file = read_seed_file(path, pool, classes).with_rows(rows, pool, has_text=True)
    y = data.draw(st.lists(st.integers(0, len(classes) - 1), min_size=len(ids), max_size=len(ids)))
    file.columns["label"][:] = [classes[k] for k in y]
    for _ in range(3):  # each time it is made longer it is read and written
        write_seed_file(path, file)
        file = read_seed_file(path, pool, classes)
        assert file.columns["id"] == ids
        assert file.columns["text"] == texts
        assert file.y.tolist() == y
    given_labels = labels_by_use(path, classes=classes, ids=ids)["seed"]
    assert (given_labels.ids, given_labels.y.tolist()) == (tuple(ids), y)


def test_numbers_stay_numbers_and_other_files_are_written_as_they_are(tmp_path):
    columns = {"a": ["-1", "+0.5", "=1+1", "-x"], "b": ["1", "2", "3", "4"]}
    write_columns(tmp_path / "x.csv", columns, text_format=SAFE)
    assert (tmp_path / "x.csv").read_text("utf-8") == "a,b\n-1,1\n+0.5,2\n'=1+1,3\n'-x,4\n"
    write_columns(tmp_path / "y.csv", columns)
    assert "'" not in (tmp_path / "y.csv").read_text("utf-8")
    write_columns(tmp_path / "x.jsonl", columns, text_format=SAFE)
    assert "'" not in (tmp_path / "x.jsonl").read_text("utf-8")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_seed_file_keeps_what_separates_its_cells(tmp_path, delimiter):
    pool = Pool(ids=("1", "2"), texts=("a, b; c", "=d"), gold=np.full(2, -1), delimiter=delimiter)
    path = tmp_path / "seed.csv"
    path.write_text(delimiter.join(["id", "text", "label"]) + f"\n1{delimiter}x{delimiter}yes\n", "utf-8")
    file = read_seed_file(path, pool, ["yes", "no"], text_format=TextFormat(delimiter="|"))
    write_seed_file(path, file)
    assert path.read_text("utf-8").splitlines()[1] == delimiter.join(["1", "x", "yes"])
