import pytest

from mollia.robust.negative_learning import lambda_schedule


def test_ten_rounds_give_the_papers_schedule():
    found = [lambda_schedule(i, 10) for i in range(1, 11)]
    assert found == pytest.approx([0.4 + 0.06 * i for i in range(1, 11)])
    assert found[1] == pytest.approx(0.52)
    assert found[-1] == 1.0


@pytest.mark.parametrize("n_rounds", [1, 2, 5, 12])
def test_it_grows_and_ends_at_the_end(n_rounds):
    found = [lambda_schedule(i, n_rounds, start=0.1, end=0.9) for i in range(1, n_rounds + 3)]
    assert found == sorted(found)
    assert found[n_rounds - 1 :] == pytest.approx([0.9, 0.9, 0.9])
