import numpy as np
import pytest
from typer.testing import CliRunner

from mollia.cli.main import app
from mollia.errors import DataError, NotEnoughLabels
from mollia.usecases.compare_files import compare_files

N = 200


def run_folder(folder, labels, *, humans=20, order=None):
    folder.mkdir()
    rows = range(N) if order is None else order
    lines = ["id,text,truth,label,source"]
    lines += [f"r{i},text {i},{'xy'[i % 2]},{labels[i]},{'human' if i < humans else 'panel'}" for i in rows]
    (folder / "labels.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


@pytest.fixture
def runs(tmp_path):
    """Return two runs: A is wrong in every tenth row, B in every fifth; B's rows are shuffled."""
    truth = ["xy"[i % 2] for i in range(N)]
    other = {"x": "y", "y": "x"}
    a = [other[t] if i % 10 == 3 else t for i, t in enumerate(truth)]
    b = [other[t] if i % 5 == 1 else t for i, t in enumerate(truth)]
    order = np.random.default_rng(0).permutation(N).tolist()
    return run_folder(tmp_path / "A", a), run_folder(tmp_path / "B", b, order=order)


def test_gold_compares_all_rows_that_did_not_train(runs):
    found = compare_files(*runs, labels=None, gold="truth", id_name="id", level=0.95)
    assert (found.n_rows, found.n_differ, found.n_seen) == (180, 54, 54)
    assert (found.first_right, found.second_right) == (36, 18)
    assert found.difference.value == pytest.approx(18 / 180)
    assert found.verdict == "first"


def test_human_labels_compare_with_an_interval(runs, tmp_path):
    audit = tmp_path / "audit.csv"
    rows = [f"r{i},{'xy'[i % 2]},audit" for i in range(20, 120)]
    audit.write_text("\n".join(["id,label,use", *rows]) + "\n", "utf-8")
    found = compare_files(*runs, labels=audit, gold=None, id_name="id", level=0.95)
    assert (found.n_seen, found.first_right, found.second_right) == (30, 20, 10)
    assert found.difference.low < 0.1 < found.difference.high


def test_the_command_says_which_is_better(runs):
    result = CliRunner().invoke(app, ["compare", *map(str, runs), "--gold", "truth"])
    assert result.exit_code == 0
    assert "They differ in 54 of 180 rows" in result.stdout
    assert f"Better: {runs[0]}." in result.stdout
    assert "+10.0 points" in result.stdout


def test_a_label_that_trained_is_refused(runs, tmp_path):
    audit = tmp_path / "audit.csv"
    audit.write_text("id,label\nr1,y\nr150,x\n", "utf-8")
    result = CliRunner().invoke(app, ["compare", *map(str, runs), "--labels", str(audit)])
    assert result.exit_code != 0
    assert "also trained" in str(result.exception)


def test_other_rows_and_no_truth_are_refused(runs, tmp_path):
    short = tmp_path / "short.csv"
    short.write_text("id,label\nr1,x\n", "utf-8")
    with pytest.raises(DataError, match="not the same ones"):
        compare_files(runs[0], short, labels=None, gold="truth", id_name="id", level=0.95)
    with pytest.raises(NotEnoughLabels, match="true label is known"):
        compare_files(*runs, labels=None, gold=None, id_name="id", level=0.95)


def test_rows_drawn_with_unequal_chances_are_refused_by_name(runs, tmp_path):
    first, second = runs
    lines = [f"r{i},x,{0.02 if i % 2 else 0.2},audit" for i in range(100, 130)]
    (tmp_path / "drawn.csv").write_text("\n".join(["id,label,chance,use", *lines]) + "\n", "utf-8")
    with pytest.raises(NotEnoughLabels, match="drawn with unequal chances") as told:
        compare_files(first, second, labels=tmp_path / "drawn.csv", gold=None, id_name="id", level=0.95)
    assert "audit sample" in str(told.value)


@pytest.mark.parametrize("ids", [["1.0", "2.0", "3.0"], [" 1", "2,0", "3.00"]])
def test_ids_that_a_spreadsheet_or_pandas_made_floats_of_are_the_same_rows(tmp_path, ids):
    (tmp_path / "a.csv").write_text("id,label,truth\n1,x,x\n2,x,y\n3,x,x\n", "utf-8")
    rows = "".join(f'"{id_}",{y}\n' for id_, y in zip(ids, "xyx", strict=True))
    (tmp_path / "b.csv").write_text("id,label\n" + rows, "utf-8")
    (tmp_path / "audit.csv").write_text("id,label\n2.0,y\n3.0,x\n", "utf-8")
    files = tmp_path / "a.csv", tmp_path / "b.csv"
    for truth in ({"gold": "truth", "labels": None}, {"gold": None, "labels": tmp_path / "audit.csv"}):
        for first, second in (files, files[::-1]) if truth["gold"] is None else (files,):
            found = compare_files(first, second, **truth, id_name="id", level=0.95)
            assert (found.n_rows, found.n_differ, found.first_right) == (3, 1, int(first == files[1]))


def test_labels_written_as_floats_or_in_another_case_are_the_same_labels(tmp_path):
    (tmp_path / "a.csv").write_text("id,label,truth\n1,1,1\n2,0,1\n3,0,2\n4,2,2\n", "utf-8")
    (tmp_path / "b.csv").write_text("id,label\n1.0,1.0\n2.0,1.0\n3.0,0.0\n4.0,\n", "utf-8")
    found = compare_files(
        tmp_path / "a.csv", tmp_path / "b.csv", labels=None, gold="truth", id_name="id", level=0.95
    )
    assert (found.n_differ, found.first_right, found.second_right) == (2, 1, 1)


def test_a_human_label_that_neither_file_gave_is_wrong_in_both(tmp_path):
    for name, labels in (("a", "xy"), ("b", "xx")):
        rows = "".join(f"{i},{y},1,0,0\n" for i, y in enumerate(labels))
        (tmp_path / f"{name}.csv").write_text("id,label,p_x,p_y,p_z\n" + rows, "utf-8")
    (tmp_path / "audit.csv").write_text("id,label\n0,z\n1,z\n", "utf-8")
    found = compare_files(
        tmp_path / "a.csv",
        tmp_path / "b.csv",
        labels=tmp_path / "audit.csv",
        gold=None,
        id_name="id",
        level=0.95,
    )
    assert (found.first_right, found.second_right) == (0, 0)


def test_rows_that_do_not_match_name_the_likely_cause(tmp_path):
    (tmp_path / "a.csv").write_text("id,label,truth\n0001,x,x\n0002,x,y\n", "utf-8")
    (tmp_path / "b.csv").write_text("id,label\n1,x\n2,y\n", "utf-8")
    with pytest.raises(DataError, match="Leading zeros were lost"):
        compare_files(
            tmp_path / "a.csv", tmp_path / "b.csv", labels=None, gold="truth", id_name="id", level=0.95
        )
    (tmp_path / "b.csv").write_text("id,label\n0001,x\n,y\n", "utf-8")
    with pytest.raises(DataError, match=r'b.csv:3, column "id": a row without a usable id'):
        compare_files(
            tmp_path / "a.csv", tmp_path / "b.csv", labels=None, gold="truth", id_name="id", level=0.95
        )


def test_a_label_that_is_not_one_of_a_files_classes_is_refused_and_blank_ones_are_counted(mollia, tmp_path):
    rows = "id,label,p_x,p_y,truth\n1,x,1,0,x\n2,{},0,1,y\n3,x,1,0,x\n"
    (tmp_path / "a.csv").write_text(rows.format("nan"), "utf-8")
    (tmp_path / "b.csv").write_text("id,label\n1,x\n2,y\n3,y\n", "utf-8")
    said = mollia(tmp_path, "compare", "a.csv", "b.csv", "--gold", "truth")
    assert (said.returncode, 'a.csv:3, column "label": "nan" is not a class' in said.stderr) == (2, True)
    (tmp_path / "a.csv").write_text(rows.format(""), "utf-8")
    said = mollia(tmp_path, "compare", "a.csv", "b.csv", "--gold", "truth")
    assert "Note: a.csv has no label in 1 of these rows, which counts as a wrong one." in said.stdout
