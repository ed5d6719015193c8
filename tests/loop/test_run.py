"""The whole loop on recorded answers, kept small."""

import csv
import signal
import subprocess
import sys

import numpy as np
import pytest

import mollia
from mollia.errors import TaskError
from mollia.ledger.sqlite_store import open_store
from mollia.loop.outputs import summary_of, write_outputs
from mollia.records import HumanLabels


def _labels(folder):
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_is_labelled_and_keeps_its_columns(write_task):
    task = write_task()
    result = mollia.run(task)
    write_outputs(result, task.parent / "out")
    rows = _labels(task.parent / "out")
    assert [row["id"] for row in rows] == [f"r{i}" for i in range(120)]
    assert rows[5]["note"] == 'say "5"'
    assert {row["source"] for row in rows} == {"human", "panel"}
    assert {row["label"] for row in rows} == {"Refund", "Delivery", "NA"}
    right = sum(row["label"] == row["gold"] for row in rows if row["source"] == "panel")
    assert right / 90 > 0.85


def test_the_rounds_are_stored_with_batch_alpha_and_lambda(write_task):
    result = mollia.run(write_task())
    assert [round_.number for round_ in result.rounds] == [2, 3, 4]
    assert [len(round_.asked) for round_ in result.rounds] == [10, 10, 10]
    picked = [id_ for round_ in result.rounds for id_ in round_.asked]
    assert len(set(picked)) == 30
    assert not set(picked) & set(result.seed.ids)
    assert [round_.lambda_ for round_ in result.rounds] == pytest.approx([0.8, 1.0, 1.0])


# Runs a task and writes its outputs; kills itself at the given step of its own progress, 0 = never.
COUNTED_RUN = """
import os, signal, sys
import mollia
from mollia.loop.outputs import write_outputs
from mollia.task.load import load_task

steps, kill_at = 0, int(sys.argv[2])

def progress(_stage, _done, _total, /):
    global steps
    steps += 1
    if steps == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)

task = load_task(sys.argv[1])
write_outputs(mollia.run(task, progress=progress), task.run.out)
print(steps)
"""


def _counted_run(task, kill_at=0):
    words = [sys.executable, "-c", COUNTED_RUN, str(task), str(kill_at)]
    return subprocess.run(words, check=False, capture_output=True, text=True)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("ask", ["pool", "batches"])
def test_a_killed_run_goes_on_to_the_same_end(tmp_path, write_task, ask):
    task, labels = write_task(), tmp_path / "out" / "labels.csv"
    task.write_text(task.read_text("utf-8") + f'ask = "{ask}"\n', encoding="utf-8")
    whole = _counted_run(task)
    steps, expected = int(whole.stdout), labels.read_bytes()
    for share in (0.2, 0.5, 0.8):
        (tmp_path / "out" / "ledger.sqlite").unlink()
        assert _counted_run(task, kill_at=round(share * steps)).returncode == -signal.SIGKILL
        again = _counted_run(task)
        assert again.returncode == 0, again.stderr
        assert labels.read_bytes() == expected


def test_without_human_labels_it_works_and_says_uncalibrated_everywhere(write_task):
    task = write_task(seed_rows=0)
    result = mollia.run(task)
    write_outputs(result, task.parent / "out")
    assert result.estimate is None
    assert not result.fused.calibrated
    assert any("uncalibrated" in sentence for sentence in result.warnings)
    rows = _labels(task.parent / "out")
    assert {(row["calibrated"], bool(row["confidence"])) for row in rows} == {("False", True)}
    assert summary_of(result)["calibrated"] is False
    assert summary_of(result)["negative_labels_expected_wrong"] is None
    assert all(row["label"] for row in rows)


def test_an_llm_that_never_answers_is_named_and_does_not_count(write_task):
    with_it = mollia.run(write_task(silent=True))
    assert any("silent" in sentence for sentence in with_it.warnings)
    assert all(where != "failed" for where in with_it.source)


def test_rows_that_nobody_answered_are_failed_and_stay_blank(write_task):
    task = write_task()
    data = (task.parent / "data.csv").read_text("utf-8").splitlines()
    cells = data[101].split(",")
    assert cells[0] == "r100"
    data[101] = ",".join([*cells[:-4], "", "", "", ""])
    (task.parent / "data.csv").write_text("\n".join(data) + "\n", encoding="utf-8")
    result = mollia.run(task)
    write_outputs(result, task.parent / "out")
    assert result.source[100] == "failed"
    assert _labels(task.parent / "out")[100]["label"] == ""
    summary = summary_of(result)
    assert (summary["labelled"], summary["rows"]) == (119, 120)
    assert 0 <= summary["negative_labels_expected_wrong"] < 0.01
    assert any("r100" in sentence for sentence in result.warnings)


def test_a_seed_of_one_class_keeps_all_columns_and_names_the_unseen(write_task):
    task = write_task()
    seed = task.parent / "seed.csv"
    seed.write_text("id,label\n" + "".join(f"r{i},Refund\n" for i in range(0, 90, 3)), encoding="utf-8")
    result = mollia.run(task)
    assert result.fused.posterior.shape == (120, 3)
    assert any('"Delivery", "NA"' in sentence for sentence in result.warnings)
    assert list(summary_of(result)["classes"]) == ["Refund", "Delivery", "NA"]


def test_a_label_that_left_the_seed_file_is_taken_back(write_task):
    task = write_task()
    mollia.run(task)
    seed = task.parent / "seed.csv"
    seed.write_text("\n".join(seed.read_text("utf-8").splitlines()[:-5]) + "\n", encoding="utf-8")
    result = mollia.run(task)
    assert len(result.seed) == 25
    assert result.source[29] == "panel"


def test_a_label_given_on_the_web_page_joins_the_seed(write_task):
    task = write_task()
    mollia.run(task)
    with open_store(task.parent / "out" / "ledger.sqlite") as store:
        store.add_human(HumanLabels(ids=("r99",), y=np.array([2]), chance=np.array([np.nan]), use="review"))
    result = mollia.run(task)
    assert result.source[99] == "human"
    assert result.fused.label[99] == 2


def test_classes_in_a_new_order_keep_the_ledgers_labels_right(write_task):
    task = write_task()
    mollia.run(task)
    with open_store(task.parent / "out" / "ledger.sqlite") as store:
        store.add_human(HumanLabels(ids=("r99",), y=np.array([2]), chance=np.array([np.nan]), use="review"))
    write_task(classes=["NA", "Refund", "Delivery"])
    result = mollia.run(task)
    assert result.classes[result.fused.label[99]] == "NA"
    assert result.classes[result.fused.label[0]] == "Refund"


def test_a_class_that_labels_in_the_ledger_need_cannot_vanish(write_task):
    task = write_task()
    mollia.run(task)
    write_task(classes=["Refund", "Delivery", "Other"])
    data = task.parent / "data.csv"
    data.write_text(data.read_text("utf-8").replace(",NA", ",Other"), encoding="utf-8")
    (task.parent / "seed.csv").write_text("id,label\nr0,Refund\n", encoding="utf-8")
    with pytest.raises(TaskError, match="'NA'"):
        mollia.run(task)


def test_copies_of_a_labelled_text_take_its_label_and_score_nothing(write_task):
    """Case O11: equal texts are asked once, all rows keep their ids, conflicts are listed."""
    task = write_task()
    lines = (task.parent / "data.csv").read_text("utf-8").splitlines()
    cells = lines[1].split(",", 1)[1]  # r0, a labelled Refund
    other = lines[2].split(",", 1)[1]  # r1, a labelled Delivery
    lines += [f"copy{i},{cells}" for i in range(5)] + [f"clash,{other}"]
    (task.parent / "data.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    seed = task.parent / "seed.csv"
    seed.write_text(seed.read_text("utf-8") + "clash,NA\n", encoding="utf-8")
    result = mollia.run(task)
    assert len(result.source) == 126
    assert result.source[120:125] == ("copy of a human label",) * 5
    assert set(result.fused.label[120:125]) == {0}
    assert any("r1" in sentence and "clash" in sentence for sentence in result.warnings)
    picked = [id_ for round_ in result.rounds for id_ in round_.asked]
    assert not [id_ for id_ in picked if id_.startswith("copy")]


def test_an_audit_sample_gives_the_figure_and_trains_nothing(write_task):
    task = write_task()
    before = mollia.run(task)
    audit = [f"r{i}" for i in range(60, 100)]
    with open_store(task.parent / "out" / "ledger.sqlite") as store:
        y = np.array([i % 3 for i in range(60, 100)])
        store.add_human(HumanLabels(ids=tuple(audit), y=y, chance=np.full(40, 40 / 90), use="audit"))
    result = mollia.run(task)
    np.testing.assert_array_equal(before.fused.posterior, result.fused.posterior)
    assert before.estimate.method.startswith("cross-fitted seed")
    assert result.estimate.method.startswith("audit sample")
    assert result.estimate.n_human == 40
    right = np.mean([result.fused.label[i] == i % 3 for i in range(60, 100)])
    assert result.estimate.low < right < result.estimate.high
