import numpy as np
import pytest
from safetensors.numpy import load_file

from mollia.encode.static_encoder import StaticEncoder
from mollia.encode.torch_encoder import TorchEncoder


@pytest.fixture(scope="session")
def static_folder(minilm_weights, tmp_path_factory):
    """A real model2vec model: MiniLM's own token vectors, cut to 64 columns."""
    import model2vec  # noqa: PLC0415  # for the tests that need it
    from tokenizers import Tokenizer  # noqa: PLC0415

    table = load_file(minilm_weights / "model.safetensors")["embeddings.word_embeddings.weight"]
    folder = tmp_path_factory.mktemp("static")
    tokenizer = Tokenizer.from_file(str(minilm_weights / "tokenizer.json"))
    model2vec.StaticModel(np.ascontiguousarray(table[:, :64]), tokenizer).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def static(static_folder):
    return StaticEncoder(str(static_folder))


@pytest.fixture(scope="session")
def sentence_transformer(minilm_weights):
    import torch  # noqa: PLC0415  # for the tests that need it

    torch.set_num_threads(1)
    return TorchEncoder(str(minilm_weights))
