from operator import neg

import pytest

from mollia_benchmarks.processes import AHEAD, in_processes


@pytest.mark.parametrize("processes", [1, 2])
def test_each_batch_comes_with_its_result(processes):
    found = in_processes(neg, ((str(n), n) for n in range(20)), processes=processes)
    assert sorted(found) == sorted((str(n), -n) for n in range(20))


def test_few_batches_are_taken_before_their_turn():
    taken = []
    found = in_processes(neg, ((n, taken.append(n) or n) for n in range(50)), processes=2)
    for n in range(1, 11):
        next(found)
        assert len(taken) <= n + AHEAD * 2 + 2
    found.close()
