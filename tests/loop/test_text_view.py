"""The text view of the fuser, as a task or a call chooses it."""

import pytest

import mollia
from mollia.errors import TaskError
from mollia.loop.text_view import text_view


def test_a_run_ends_with_the_text_view_its_task_names(write_task):
    result = mollia.run(write_task(extra='[fuse]\ntext_view = "frozen"\n'))
    assert any("Text view: frozen." in note for note in result.fused.notes)
    assert any("FrozenStudent" in note for note in result.fused.notes)


def test_a_task_with_an_unknown_text_view_is_refused(write_task):
    with pytest.raises(TaskError, match="text_view"):
        mollia.run(write_task(extra='[fuse]\ntext_view = "fine"\n'))


def test_auto_fine_tunes_where_weights_are_at_hand_and_time_allows(tmp_path):
    pytest.importorskip("torch")
    settings = {"model": str(tmp_path), "random_state": 0}
    assert text_view("auto", n_rows=3000, **settings)[1] == "Text view: finetune."
    made, said = text_view("auto", n_rows=100_000, **settings)
    assert made is None
    assert "seconds" in said
    made, said = text_view("auto", n_rows=3000, model="some/hub-name", random_state=0)
    assert made is None
    assert "some/hub-name" in said
    made, said = text_view("auto", n_rows=1000, **settings)
    assert made is None
    assert "fewer than 2,000 rows" in said
