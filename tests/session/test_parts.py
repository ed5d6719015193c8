"""What makes stored rounds worthless, and what does not."""

import pytest

from mollia.progress import quiet
from mollia.records import Round
from mollia.session.parts import NOT_IN_ROUNDS, open_parts
from mollia.task.config import Task
from mollia.task.load import load_task

ROUND = Round(number=1, asked=("1",), alpha=1.0, lambda_=0.4)


def rounds_after(path, change):
    """How many rounds are left when the task is opened again with a change."""
    with open_parts(load_task(path), ask=False, progress=quiet) as parts:
        parts.stored_rounds()
        parts.store.add_round(ROUND)
    text = path.read_text("utf-8")
    path.write_text(change(text), "utf-8")
    with open_parts(load_task(path), ask=False, progress=quiet) as parts:
        return len(parts.stored_rounds())


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ('name = "small"', 'name = "other"', 1),
        ("[run]", "[budget]\nmoney = 3.0\n[run]", 1),
        ('path = "data.csv"\n[[panel]]', 'path = "data.csv"\nprice_in = 2.0\n[[panel]]', 1),
        ("batch = 10", "batch = 11", 0),
        ("[run]", "[student]\nalpha = 0.5\n[run]", 0),
        ("[run]", '[fuse]\nmethod = "vote"\n[run]', 0),
        ("[run]", "[run]\ncascade = true", 0),
        ("[run]", "[run]\nrandom_state = 3", 0),
        ("What is it about?", "What is it not about?", 0),
    ],
)
def test_only_what_can_change_rounds_makes_them_worthless(write_task, old, new, kept):
    path = write_task()
    assert old in path.read_text("utf-8")
    assert rounds_after(path, lambda text: text.replace(old, new, 1)) == kept


def test_what_is_left_out_of_the_mark_is_a_key_of_the_task():
    assert set(NOT_IN_ROUNDS) <= set(Task.model_fields)
    assert NOT_IN_ROUNDS["run"] <= set(Task.model_fields["run"].annotation.model_fields)
