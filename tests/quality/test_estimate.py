"""Whose labels the accuracy figure rests on."""

import numpy as np
import pytest

from mollia.cli.closing import accuracy_lines
from mollia.honest.accuracy import estimate_accuracy
from mollia.ledger.sqlite_store import open_store
from mollia.loop.run import run
from mollia.quality.estimate import ALL_LABELLED
from mollia.records import HumanLabels
from mollia.report.headline import accuracy_sentence
from mollia.report.report import render_report
from mollia.task.load import load_task

GOLD = {f"r{i}": i % 3 for i in range(120)}


def add(task, ids, use, *, wrong=()):
    y = [(GOLD[id_] + (id_ in wrong)) % 3 for id_ in ids]
    with open_store(load_task(task).run.out / "ledger.sqlite") as store:
        store.add_human(
            HumanLabels(ids=tuple(ids), y=y, chance=np.full(len(ids), np.nan), use=use), annotator="kim"
        )


def drawn(store, ids, *, batch):
    """Store labels as the page does: a batch of rows, each drawn with a known chance."""
    n = len(ids)
    labels = HumanLabels(
        ids=tuple(ids),
        y=[GOLD[id_] for id_ in ids],
        chance=np.linspace(0.2, 0.3, n),
        use="seed",
        batch=np.full(n, batch),
        size=np.full(n, n),
    )
    store.add_human(labels, annotator="kim")


def test_an_audit_sample_says_it_where_there_is_one(write_task):
    task = write_task()
    audit = [f"r{i}" for i in range(60, 100)]
    add(task, audit, "audit", wrong=audit[:10])
    result = run(load_task(task))
    assert result.estimate.method == "audit sample, prediction-powered"
    assert result.estimate.n_human == 40
    place = {id_: row for row, id_ in enumerate(result.pool.ids)}
    said = [(GOLD[id_] + (id_ in audit[:10])) % 3 for id_ in audit]
    y = np.full(len(result.pool), -1)
    y[[place[id_] for id_ in audit]] = said
    assert result.estimate == estimate_accuracy(
        result.fused.label, y, trained=result.fused.human, posterior=result.fused.posterior
    )
    plain = np.mean(result.fused.label[y >= 0] == y[y >= 0])
    assert result.estimate.value == pytest.approx(plain, abs=0.1), "the posterior helps, it does not decide"
    assert not result.fused.human[[place[id_] for id_ in audit]].any(), "an audited row trains nothing"


def test_an_audited_row_that_trained_does_not_score(write_task):
    task = write_task()
    add(task, ["r0", "r1", *(f"r{i}" for i in range(60, 75))], "audit")  # r0 and r1 are in the seed
    assert run(load_task(task)).estimate.n_human == 15


def test_reviewed_rows_train_but_do_not_score(write_task):
    task = write_task()
    before = run(load_task(task))
    assert before.estimate.n_human == 30
    add(task, [f"r{i}" for i in range(60, 80)], "review")
    after = run(load_task(task))
    assert after.fused.human.sum() == before.fused.human.sum() + 20
    assert after.estimate.n_human == 30
    assert "cross-fitted seed" in after.estimate.method


def test_a_few_seed_labels_give_no_figure_however_many_reviews_there_are(write_task):
    task = write_task(seed_rows=5)
    add(task, [f"r{i}" for i in range(60, 80)], "review")
    assert run(load_task(task)).estimate is None


def test_where_people_labelled_every_row_no_other_row_is_left_for_a_figure(write_task):
    task = write_task(seed_rows=0)
    ids = [f"r{i}" for i in range(120)]
    with open_store(load_task(task).run.out / "ledger.sqlite") as store:
        for at in range(0, 60, 10):
            drawn(store, ids[at : at + 10], batch=1 + at // 10)
    add(task, ids[60:], "review")
    result = run(load_task(task))
    assert result.fused.human.all()
    assert result.estimate is None
    assert sum(ALL_LABELLED in note for note in result.warnings) == 1
    assert accuracy_sentence(result) == "No accuracy figure: every row has a label from a person."
    assert "every row has a label from a person" in "".join(accuracy_lines(result))
    assert "No accuracy figure: every row has a label from a person." in render_report(result)


def test_labels_given_while_a_run_works_enter_none_of_its_figures(write_task):
    """Found by `mollia bench reliability --parts soak`: some figures knew of them and others did not."""
    task = load_task(write_task(seed_rows=0))
    with open_store(task.run.out / "ledger.sqlite") as store:
        drawn(store, [f"r{i}" for i in range(40)], batch=1)
    before = run(task)
    (task.run.out / "labels.csv").unlink(missing_ok=True)
    given = []

    def label_meanwhile(step, done, of):
        if not given and step.startswith("answers"):  # the people's labels have been read by then
            with open_store(task.run.out / "ledger.sqlite", beside=True) as page:
                drawn(page, [f"r{i}" for i in range(60, 80)], batch=2)
            given.append(step)

    during = run(task, progress=label_meanwhile)
    assert given
    assert during.estimate == before.estimate
    assert np.array_equal(during.judging.rows, before.judging.rows)
    assert run(task).estimate.n_human == 60
