import pytest

from mollia.student.recipe import AS_MEASURED, Recipe


@pytest.mark.parametrize(
    ("rows", "classes", "steps"),
    [(20, 77, 90), (550, 77, 90), (20, 6, 12), (20, 2, 5), (97, 6, 20), (1_000, 77, 160), (100_000, 2, 500)],
)
def test_few_rows_of_many_classes_are_learned_from_as_often_as_550(rows, classes, steps):
    assert AS_MEASURED.steps(rows, classes) == steps


def test_a_recipe_of_ones_own_runs_its_epochs():
    assert Recipe(epochs=3, batch=8).steps(20, 3) == 9
    assert Recipe(epochs=3, batch=8, most_steps=2).steps(20, 3) == 2
