import pickle

from mollia.engine.ray_batches import done


def test_a_process_unpickles_the_work_once_and_other_work_takes_its_place():
    assert done("a", pickle.dumps(len), [1, 2]) == 2
    assert done("a", b"not read again", [1, 2, 3]) == 3
    assert done("b", pickle.dumps(sum), [1, 2, 3]) == 6
