"""The learning curve's baseline, and warnings about copies and leaks."""

import numpy as np

import mollia
from mollia.ledger.sqlite_store import open_store
from mollia.records import HumanLabels
from mollia.task.load import load_task


def test_the_baseline_learns_from_as_many_rows_and_ends_where_the_run_does(write_task):
    result = mollia.run(write_task(n=120, seed_rows=30))
    picked = 30 + sum(len(round_.asked) for round_ in result.rounds)
    assert [rows for rows, _ in result.at_random] == [40, 50, 60]
    assert result.at_random[-1][0] == picked
    assert all(
        0 < scores["student agrees with mollia's labels on new rows"] <= 1 for _, scores in result.at_random
    )
    again = mollia.run(load_task(write_task(n=120, seed_rows=30)))
    assert again.at_random == result.at_random


def test_agreement_is_told_only_on_ten_new_rows_or_more(write_task):
    result = mollia.run(write_task(n=64, seed_rows=30))
    told = {
        rows
        for rows, scores in result.at_random
        if "student agrees with mollia's labels on new rows" in scores
    }
    assert {rows for rows, _ in result.at_random} > told >= {40}


def test_there_is_no_baseline_where_the_other_rows_have_no_labels(write_task):
    assert mollia.run(write_task(extra='ask = "batches"\n')).at_random == ()


def test_audit_rows_that_nearly_repeat_a_trained_text_and_near_duplicates_are_warned_of(write_task):
    task = write_task()
    data = task.parent / "data.csv"
    lines = data.read_text(encoding="utf-8").splitlines()
    by_id = {line.split(",")[0]: line for line in lines}
    trained = by_id["r0"].split('"')[1]  # the seed's first text
    lines[lines.index(by_id["r90"])] = by_id["r90"].replace(by_id["r90"].split('"')[1], trained.upper() + "!")
    lines[lines.index(by_id["r91"])] = by_id["r91"].replace(by_id["r91"].split('"')[1], trained)
    data.write_text("\n".join(lines) + "\n", encoding="utf-8")
    audit = HumanLabels(ids=("r90", "r91"), y=[0, 0], chance=np.full(2, np.nan), use="audit")
    with open_store(load_task(task).run.out / "ledger.sqlite") as store:
        store.add_human(audit)
    said = " ".join(mollia.run(task).warnings)
    assert "1 audit rows have a text that also trained and do not score: r91" in said
    assert "differ from a row that trained only in case, digits or punctuation (r90)" in said
    assert "near-copies" in said
