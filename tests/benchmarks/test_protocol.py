import numpy as np

from mollia_benchmarks.protocol import Cell, draw_rows, labels_of, summary

CELLS = [Cell(set="s", method="m", labels=n, draw=d) for n in (0, 5) for d in range(3)]


def test_a_larger_seed_of_a_draw_holds_the_smaller_one():
    assert draw_rows(100, 20, 3)[:5].tolist() == draw_rows(100, 5, 3).tolist()
    assert draw_rows(100, 5, 3).tolist() != draw_rows(100, 5, 4).tolist()


def test_labels_are_gold_in_the_drawn_rows_only():
    gold = np.arange(50) % 3
    y = labels_of(gold, 10, 0)
    assert (y >= 0).sum() == 10
    assert (y[y >= 0] == gold[y >= 0]).all()


def test_summary_is_mean_and_deviation_over_draws():
    scores = {cell: {"accuracy": cell.labels + cell.draw} for cell in CELLS}
    mean, deviation = summary(scores)["s", "m", 5]["accuracy"]
    assert mean == 6.0
    np.testing.assert_allclose(deviation, np.std([5, 6, 7]))
