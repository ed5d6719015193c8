"""docs/reading-rules.md says how cells are read; each line of its tables is tried."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from tests.in_process import called

from mollia.data.answer_cells import as_mass
from mollia.data.human_labels import read_labels
from mollia.data.matching import LabelMatcher
from mollia.errors import DataError
from mollia.session.annotators import build_annotators
from mollia.session.task_pool import pool_of
from mollia.task.load import load_task
from mollia_benchmarks.loopback import LoopbackServer, Reply, chat_reply

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


# --- rows and columns

FUSE = ("fuse", "in.csv", "--labels", "refund,delivery", "--method", "vote", "--out", "out.csv")
LIVE = """name = "shop"
instruction = "What is it about?"
[data]
path = "in.csv"
[[classes]]
name = "refund"
[[classes]]
name = "delivery"
[[panel]]
name = "gemma"
kind = "openai"
model = "m"
url = "{url}"
[seed]
path = "seed.csv"
[query]
rounds = 0
[run]
out = "."
"""


@pytest.fixture
def fused(tmp_path):
    """Fuse a file of answers; return the exit code, all that was said, and the rows written."""

    def fuse(written, *words):
        (tmp_path / "in.csv").write_text(written, "utf-8")
        code, out, err = called(tmp_path, *FUSE, *words)
        return code, out + err, rows_in(tmp_path / "out.csv")

    return fuse


def rows_in(path):
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def run_live(tmp_path):
    """Run a task whose LLM always says delivery; return the rows written and the texts it was asked about."""

    def run(texts, seed):
        asked = []

        def answer(request):
            if request.path == "/v1/models":
                return Reply(body={"data": [{"id": "m"}]})
            asked.extend(text for text in set(texts.split()) if text in str(request.body["messages"][-1]))
            return Reply(body=chat_reply(["delivery"], top={"delivery": 0.8, "refund": 0.1}))

        lines = [f"{number},{text}\n" for number, text in enumerate(texts.split(" "), 1)]
        (tmp_path / "in.csv").write_text("id,text\n" + "".join(lines), "utf-8")
        (tmp_path / "seed.csv").write_text(f"id,label\n{seed}", "utf-8")
        with LoopbackServer(answer) as server:
            (tmp_path / "task.toml").write_text(LIVE.format(url=server.url), "utf-8")
            code, out, err = called(tmp_path, "run", "task.toml", "-q")
        assert code == 0, out + err
        return rows_in(tmp_path / "labels.csv"), asked

    return run


LINES = {}


def line(what, outcome):
    """Mark the check of a line of the table."""

    def kept(check):
        LINES[what] = outcome
        return check

    return kept


@line("two rows with one id", "refused, in the data; human labels may repeat an id with the same label")
def test_an_id_twice(fused, tmp_path):
    code, said, _ = fused("id,text,gemma\n1,a,refund\n1,b,delivery\n")
    assert (code, 'in.csv:3, column "id": the id "1" was already used in in.csv:2' in said) == (2, True), said
    for second, code in (("refund", 0), ("delivery", 2)):
        (tmp_path / "seed.csv").write_text(f"id,label\n1,refund\n1,{second}\n", "utf-8")
        found, said, _ = fused("id,text,gemma\n1,a,refund\n2,b,delivery\n", "--seed-labels", "seed.csv")
        assert found == code, said
    assert "seed.csv:3" in said


@line(
    "two rows with one text",
    "both get a label; the LLMs are asked once, a human label holds for both",
)
def test_a_text_twice(run_live):
    rows, asked = run_live("first parcel refund parcel other other", seed="2,refund\n3,refund\n")
    assert [row["label"] for row in rows][1:4] == ["refund"] * 3
    assert all(row["label"] for row in rows)
    assert [row["source"] for row in rows][1:4] == ["human", "human", "copy of a human label"]
    assert {text: asked.count(text) for text in ("parcel", "other")} == {"parcel": 1, "other": 1}


@line(
    "a row without a text",
    "no LLM is asked; without a recorded answer or a human label it gets no label, and its `source` is `empty text`",
)
def test_a_text_missing(run_live, fused):
    for seed, of_blank in (
        ("1,delivery\n3,refund\n", ("", "empty text")),
        ("1,delivery\n2,refund\n", ("refund", "human")),
    ):
        rows, asked = run_live("parcel  refund", seed=seed)
        assert set(asked) <= {"parcel", "refund"}
        assert (rows[1]["label"], rows[1]["source"]) == of_blank
        assert (rows[1]["student_label"] == rows[1]["p_refund"] == "") is (of_blank[0] == "")
    code, said, rows = fused("id,text,gemma\n1,a,refund\n2,,delivery\n3,,\n4,b,delivery\n")
    assert code == 0, said
    assert [row["source"] for row in rows] == ["panel", "panel", "empty text", "panel"]


@line("a row without any cell", "left out, counted, said")
def test_a_row_of_nothing(fused):
    code, said, rows = fused("id,text,gemma\n1,a,refund\n,,\n2,b,delivery\n,,\n")
    assert (code, [row["id"] for row in rows]) == (0, ["1", "2"])
    assert "in.csv: skipped 2 blank rows (the first is line 3)." in said


@line("columns without a name and without a cell", "left out, counted, said")
def test_a_column_of_nothing(fused):
    code, said, rows = fused("id,text,gemma,,\n1,a,refund,,\n2,b,delivery,,\n")
    assert (code, "" in rows[0]) == (0, False)
    assert "in.csv: left out 2 columns without a name and without a cell." in said


@line("two columns with one name", "refused")
def test_a_column_twice(fused):
    code, said, rows = fused("id,text,gemma,gemma\n1,a,refund,refund\n2,b,delivery,delivery\n")
    assert (code, rows) == (2, [])
    assert 'in.csv:1: 2 columns are called "gemma".' in said


@line(
    "a column that could be an LLM's and is not used, where the LLMs are not named",
    "named once, with the reason and the option that takes it",
)
def test_a_column_left_aside(fused):
    written = "id,text,gemma,truth\n1,a,refund,refund\n2,b,delivery,refund\n"
    code, said, _ = fused(written)
    assert code == 0
    why = (
        'in.csv: column "truth" looks like human labels and was not taken as an LLM (--llms truth takes it).'
    )
    assert (said.count("truth takes it"), why in said) == (1, True), said
    assert "LLMs: gemma, truth" in fused(written, "--llms", "gemma,truth")[1]


@line(
    "any other column",
    "kept as it is in the file that is written; in a file of answers it is said that nothing was read from it",
)
def test_another_column(fused):
    code, said, rows = fused('id,text,gemma,note\n1,a,refund," 01.50 "\n2,b,delivery,"x\ny"\n')
    assert (code, [row["note"] for row in rows]) == (0, [" 01.50 ", "x\ny"])
    assert "Columns that nothing was read from: note." in said


def test_each_line_on_rows_and_columns_has_its_test():
    assert dict(table("rows")) == LINES
