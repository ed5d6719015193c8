import numpy as np
import pytest

WORDS = [
    ["goal", "match", "team", "goalkeeper", "league", "referee", "player", "stadium", "coach", "season"],
    ["oven", "recipe", "butter", "flour", "sugar", "bake", "kitchen", "salt", "dough", "pepper"],
    ["server", "python", "compiler", "kernel", "memory", "thread", "package", "database", "socket", "cache"],
]


@pytest.fixture(scope="session")
def y():
    return np.repeat([0, 1, 2], 12)


@pytest.fixture(scope="session")
def texts(y):
    rng = np.random.default_rng(0)
    return ["the " + " ".join(rng.choice(WORDS[k], 5, replace=False)) + " was there" for k in y]


@pytest.fixture(scope="module")
def one_thread():
    import torch  # noqa: PLC0415  # seconds, for the modules that ask for it only

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
