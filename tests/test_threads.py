from threading import Barrier

import pytest
from threadpoolctl import threadpool_info

from mollia.threads import at_once, both


@pytest.mark.parametrize("many", [False, True])
def test_parts_come_back_in_order(many):
    assert list(at_once(lambda part: part * 2, range(50), many=many)) == list(range(0, 100, 2))


def test_numerical_libraries_have_one_thread_for_each_part():
    found = next(at_once(lambda _: [each["num_threads"] for each in threadpool_info()], [0]))
    assert set(found) == {1}


@pytest.mark.parametrize("many", [False, True])
def test_what_goes_wrong_is_told(many):
    def refuse(_part):
        raise ValueError("a part")

    with pytest.raises(ValueError, match="a part"):
        list(at_once(refuse, [1], many=many))


def test_two_pieces_of_work_run_side_by_side():
    met = Barrier(2)  # each waits here for the other
    assert both(lambda: met.wait(5) >= 0, lambda: met.wait(5) >= 0) == (True, True)


def test_little_work_is_done_one_piece_after_the_other():
    met: list[int] = []
    both(lambda: met.append(1), lambda: met.append(2), many=False)
    assert met == [1, 2]


@pytest.mark.parametrize("wrong", [0, 1])
def test_what_goes_wrong_in_either_of_two_is_told(wrong):
    def refuse():
        raise ValueError("a half")

    halves = [refuse if number == wrong else int for number in range(2)]
    with pytest.raises(ValueError, match="a half"):
        both(*halves)
