import pytest

from mollia.encode.static_encoder import StaticEncoder
from mollia.encode.torch_encoder import TorchEncoder


@pytest.fixture(scope="session")
def static(static_folder):
    return StaticEncoder(str(static_folder))


@pytest.fixture(scope="session")
def sentence_transformer(minilm_weights):
    import torch  # noqa: PLC0415  # for the tests that need it

    torch.set_num_threads(1)
    return TorchEncoder(str(minilm_weights))
