import pytest
from threadpoolctl import threadpool_info

from mollia.threads import at_once


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
