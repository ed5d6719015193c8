import pytest

from mollia.student.recipe import AS_MEASURED, Recipe


@pytest.mark.parametrize(("rows", "steps"), [(20, 90), (550, 90), (1_000, 160), (100_000, 500)])
def test_few_rows_are_learned_from_as_often_as_the_550_that_the_recipe_was_measured_on(rows, steps):
    assert AS_MEASURED.steps(rows) == steps


def test_a_recipe_of_ones_own_runs_its_epochs():
    assert Recipe(epochs=3, batch=8).steps(20) == 9
    assert Recipe(epochs=3, batch=8, most_steps=2).steps(20) == 2
