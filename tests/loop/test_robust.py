"""Weights of rows and negative labels, through the loop."""

import numpy as np
import pytest

import mollia
from mollia.loop.labels import fuse_asked
from mollia.loop.robust import lessons_of
from mollia.loop.rounds import Given
from mollia.progress import quiet
from mollia.session.parts import open_parts
from mollia.task.load import load_task


def with_robust(write_task, robust, **options):
    path = write_task(**options)
    student = f'[student]\nrobust = "{robust}"\nalpha = 0.5\n'
    path.write_text(path.read_text("utf-8") + student, encoding="utf-8")
    return path


@pytest.mark.parametrize("robust", ["fixed", "learned", "trust"])
def test_human_rows_always_count_fully(write_task, robust):
    task = load_task(with_robust(write_task, robust))
    with open_parts(task, ask=True, progress=quiet) as parts:
        parts.ask_for(np.arange(120))
        labels = fuse_asked(parts)
        given = Given(human=np.flatnonzero(parts.known.known))
        batch = np.arange(40, 80)
        given.add(batch, np.arange(40) % 2 == 0)
        lessons = lessons_of(parts, given, labels)
    people = labels.fused.human[lessons.rows]
    assert people.sum() == 30
    assert (lessons.weight[people] == 1).all()
    assert not lessons.negative[people].any()
    others = lessons.weight[~people]
    match robust:
        case "fixed":
            assert set(others.tolist()) == {0.5, 1.0}
            assert lessons.negative_weight == pytest.approx(0.8)
        case "learned":
            assert set(others.tolist()) == {given.alpha, 1.0}
            assert given.alpha not in {0.5, 0.75}  # the paper's, and what nobody's labels say
            assert lessons.negative_weight == given.lambda_ <= 0.8
        case _:
            assert len(set(others.tolist())) > 30
            assert 0.05 <= others.min() < others.max() <= 1


def test_learned_weights_are_stored_with_the_rounds_and_repeat(write_task):
    task = with_robust(write_task, "learned", n=60)
    first, again = mollia.run(task), mollia.run(task)
    assert [each.alpha for each in first.rounds] == [each.alpha for each in again.rounds]
    assert all(0 < each.alpha <= 1 for each in first.rounds)
    np.testing.assert_array_equal(first.student_probs, again.student_probs)


def test_without_human_labels_learned_weights_are_what_the_prior_says(write_task):
    result = mollia.run(with_robust(write_task, "learned", n=60, seed_rows=0))
    assert {each.alpha for each in result.rounds} == {0.75}
