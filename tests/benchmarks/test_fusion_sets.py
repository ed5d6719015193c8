import pytest

from mollia_benchmarks.fusion_sets import leads, losses_table, means_table


def cell(accuracy, **more):
    scores = {"accuracy": accuracy, "log_loss": 1.0, "ece": 0.1, "ece_floor": 0.05, **more}
    return {name: (value, 0.0) for name, value in scores.items()}


FIGURES = {
    ("a_1", "default", 50): cell(
        0.8, over_vote=0.1, over_vote_error=0.02, over_best_llm=-0.03, over_best_llm_error=0.01
    ),
    ("a_2", "default", 50): cell(
        0.6, over_vote=-0.03, over_vote_error=0.028, over_best_llm=0.02, over_best_llm_error=0.01
    ),
    ("b", "default", 50): cell(0.4, over_vote=0.01, over_vote_error=0.01),
    ("a_1", "vote", 50): cell(0.7),
    ("a_2", "vote", 50): cell(0.63),
}
FAMILIES = {"a_1": "a", "a_2": "a", "b": "b"}


def test_means_are_over_sets_and_over_families():
    text = means_table(FIGURES, FAMILIES, ["default"], [50])
    assert "| 50 (3 sets) | default | .600 | 1.00 | .100 | .050 | .550 |" in text


def test_methods_are_compared_on_the_sets_that_all_of_them_have():
    text = means_table(FIGURES, FAMILIES, ["default", "vote"], [0, 50])
    assert "| 50 (2 sets) | default | .700 |" in text
    assert "| 50 (2 sets) | vote | .665 |" in text


def test_the_best_simple_method_is_chosen_for_each_set_in_hindsight():
    found = {loss.set: loss for loss in leads(FIGURES, 50)}
    assert found["a_1"].method == "best_llm"
    assert found["a_1"].beyond_noise
    assert not found["a_2"].beyond_noise, "three points, but its standard error is as large"
    assert found["b"].lead == pytest.approx(0.01)


def test_losses_are_named_with_the_method_that_wins():
    text = losses_table(FIGURES, [20, 50])
    assert "| 50 | -1.7 | 1 of 3 | a_1 -3.0 | a_1 -3.0 (best_llm) |" in text
    assert "| 20 |" not in text
