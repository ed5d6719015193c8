"""What a seed file says goes to the ledger, use by use, and what it no longer says is taken back."""

import numpy as np
import pytest

from mollia.data import duplicates
from mollia.data.read import read_pool
from mollia.ledger.sqlite_store import open_store
from mollia.people.ledger_sync import labels_from_task, people_said
from mollia.task.load import load_task


@pytest.fixture
def sync(write_task, tmp_path):
    """Write a seed file, read it into the ledger, and return the labels by use and those that train."""
    task = load_task(write_task())
    pool = read_pool(task.data.path, id="id")
    groups = duplicates.group(pool.texts)

    def read(text):
        (tmp_path / "seed.csv").write_text(text, "utf-8")
        with open_store(task.run.out / "ledger.sqlite") as store:
            said = people_said(task, pool, groups, store)
            assert {use: store.human(use).ids for use in said.by_use} == {
                use: labels.ids for use, labels in said.by_use.items()
            }
            return said.by_use, said.trains, task, pool

    return read


def test_drawn_and_chosen_rows_train_and_audit_rows_do_not(sync):
    kept, trains, task, pool = sync(
        "id,label,chance,use\nr0,Refund,0.1,seed\nr1,Delivery,,review\nr2,NA,0.2,audit\n"
    )
    assert {use: labels.ids for use, labels in kept.items()} == {
        "seed": ("r0",),
        "review": ("r1",),
        "audit": ("r2",),
    }
    assert trains.ids == ("r0", "r1")
    shown = labels_from_task(task, pool, np.arange(len(pool)))
    assert shown.ids == ("r0",), "an audit row is not an example for an LLM"


def test_a_label_that_left_the_file_is_taken_back_in_its_use(sync):
    sync("id,label,use\nr0,Refund,seed\nr1,Delivery,review\nr2,NA,audit\n")
    kept, trains, *_ = sync("id,label,use\nr0,Refund,seed\n")
    assert (kept["review"].ids, kept["audit"].ids, trains.ids) == ((), (), ("r0",))


def test_a_larger_draws_chance_reaches_labels_that_were_there(sync):
    sync("id,label,chance,use\nr0,Refund,0.1,seed\n")
    kept, *_ = sync("id,label,chance,use\nr0,Refund,0.2,seed\nr1,Delivery,0.2,seed\n")
    assert kept["seed"].chance.tolist() == [0.2, 0.2]
    again, *_ = sync("id,label,chance,use\nr0,Refund,0.2,seed\nr1,Delivery,0.2,seed\n")
    assert again["seed"].ids == kept["seed"].ids
