import csv

import numpy as np
import pytest

from mollia.data.duplicates import group
from mollia.ledger.sqlite_store import open_store
from mollia.loop.run import run
from mollia.registry import names
from mollia.student.load import load_student


def first_batch(path):
    run(path)
    with open_store(path.parent / "out" / "ledger.sqlite", read_only=True) as store:
        return list(store.rounds()[0].asked)


def retold(path, tell):
    """Change the texts of a written task's data; return the rows."""
    with (path.parent / "data.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows):
        row["text"] = tell(number, row["text"])
    with (path.parent / "data.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return rows


def set_to(path, old, new):
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize("strategy", names("query"))
def test_with_no_label_at_all_every_strategy_picks_a_first_batch(write_task, strategy):
    path = write_task(seed_rows=0, n=40)
    set_to(path, 'strategy = "entropy"', f'strategy = "{strategy}"')
    set_to(path, "rounds = 3", "rounds = 1")
    batch = first_batch(path)
    assert len(set(batch)) == len(batch) == 10


def test_without_labels_typiclust_stands_in_for_what_needs_a_student(write_task):
    batches = {}
    for strategy in ("entropy", "typiclust", "random"):
        path = write_task(seed_rows=0, n=40)
        set_to(path, 'strategy = "entropy"', f'strategy = "{strategy}"')
        set_to(path, "rounds = 3", "rounds = 1")
        batches[strategy] = first_batch(path)
    assert batches["entropy"] == batches["typiclust"] != batches["random"]


def test_copies_of_a_text_are_never_given_twice(write_task):
    path = write_task(n=60, seed_rows=6)
    rows = retold(path, lambda _number, text: text.partition(" number")[0])  # a few dozen texts with copies
    run(path)
    number = dict(
        zip((row["id"] for row in rows), group([row["text"] for row in rows]).tolist(), strict=True)
    )
    human = {number[f"r{i}"] for i in range(6)}
    with open_store(path.parent / "out" / "ledger.sqlite", read_only=True) as store:
        asked = [number[id_] for round_ in store.rounds() for id_ in round_.asked]
    assert len(asked) == len(set(asked)) > 0
    assert not set(asked) & human


def test_without_seed_and_rounds_the_student_learns_from_the_panels_labels(write_task):
    path = write_task(seed_rows=0, n=60)
    set_to(path, "rounds = 3", "rounds = 0")
    result = run(path)
    assert result.rounds == ()
    assert (result.student_probs.argmax(1) == result.fused.label).mean() > 0.9
    student = load_student(path.parent / "out" / "student")
    assert np.allclose(student.predict_proba(result.pool.texts), result.student_probs, atol=1e-6)
