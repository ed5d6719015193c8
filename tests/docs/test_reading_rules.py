"""docs/reading-rules.md says how cells are read; each line of its tables is tried."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest

from mollia.data.answer_cells import as_mass
from mollia.data.human_labels import read_labels
from mollia.data.matching import LabelMatcher
from mollia.errors import DataError
from mollia.session.annotators import build_annotators
from mollia.session.task_pool import pool_of
from mollia.task.load import load_task

PAGE = Path(__file__).parents[2] / "docs" / "reading-rules.md"
CLASSES = (("Refund",), ("Order status", "where is it"), ("1",), ("NA",))


def table(name):
    """Return the cells of the rows of a table, each as the words in its code marks, or as written."""
    text = PAGE.read_text("utf-8").partition(f"<!-- rules: {name} -->")[2]
    rows = re.findall(r"^\|(.*)\|$", text.partition("\n\n## ")[0], re.MULTILINE)[2:]
    return [[cell.strip() for cell in re.split(r" \| ", f"{row} ")] for row in rows]


def words(cell):
    return re.findall(r"`([^`]*)`", cell) or [""] * (cell == "(empty)")


def refused(outcome):
    return outcome.partition("refused: ")[2]


@pytest.fixture
def labels_of(tmp_path):
    """Write one human label to a file and read it."""

    def read(id_, label, ids, classes=CLASSES):
        path = tmp_path / "seed.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["id", "label"], [id_, label]])
        return read_labels(path, classes=classes, ids=ids)

    return read


@pytest.mark.parametrize(("cell", "ids", "outcome"), table("ids"))
def test_ids_are_found_as_the_page_says(tmp_path, labels_of, cell, ids, outcome):
    ((cell,), ids) = words(cell), words(ids)
    if refused(outcome):
        with pytest.raises(DataError, match=refused(outcome)):
            labels_of(cell, "Refund", ids)
        return
    assert labels_of(cell, "Refund", ids).ids == tuple(words(outcome))
    for name, rows in {"data": [[id_, f"text {id_}"] for id_ in ids], "panel": [[cell, "Refund"]]}.items():
        with (tmp_path / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["id", {"data": "text", "panel": "gemma"}[name]], *rows])
    (tmp_path / "task.toml").write_text(
        'name = "x"\ninstruction = "?"\n[data]\npath = "data.csv"\n[[classes]]\nname = "Refund"\n[[classes]]\nname = "NA"\n'
        '[[panel]]\nname = "gemma"\nkind = "recorded"\npath = "panel.csv"\n',
        "utf-8",
    )
    task = load_task(tmp_path / "task.toml")
    (annotator,) = build_annotators(task, pool_of(task))
    assert [*annotator._row] == words(outcome)


@pytest.mark.parametrize(("cell", "outcome"), table("labels"))
def test_labels_are_read_as_the_page_says(labels_of, cell, outcome):
    (cell,) = words(cell)
    if refused(outcome):
        with pytest.raises(DataError, match=re.escape(refused(outcome))):
            labels_of("a", cell, ["a"])
    elif outcome == "no label":
        assert len(labels_of("a", cell, ["a"])) == 0
    else:
        assert [CLASSES[k][0] for k in labels_of("a", cell, ["a"]).y] == words(outcome)


@pytest.mark.parametrize(("cell", "outcome"), table("probabilities"))
def test_probabilities_are_read_as_the_page_says(cell, outcome):
    (cell,), matcher = words(cell), LabelMatcher(["refund", "delivery"])
    if refused(outcome):
        with pytest.raises(DataError, match=refused(outcome)) as told:
            as_mass(cell, matcher, "panel.csv:2")
        assert str(told.value).startswith("panel.csv:2: ")
    elif outcome == "nothing said":
        assert as_mass(cell, matcher, "panel.csv:2") is None
    else:
        assert np.allclose(as_mass(cell, matcher, "panel.csv:2"), [float(word) for word in words(outcome)])
