import numpy as np
import pytest

from mollia.encode.onnx_encoder import OnnxEncoder
from mollia.errors import DataError

TEXTS = ["Where is Mount Kenya?", "", "In which country is Mount Kenya?", "How to bake bread", "x " * 500]


def test_vectors_have_length_one_and_meaning(minilm):
    vectors = minilm.encode(TEXTS)
    assert vectors.shape == (5, minilm.dim) == (5, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    assert vectors[0] @ vectors[2] > 0.7
    assert vectors[0] @ vectors[3] < 0.3


def test_a_text_has_the_same_vector_alone_and_in_company(minilm):
    together = minilm.encode(TEXTS)
    alone = np.concatenate([minilm.encode([text]) for text in TEXTS])
    # int8 activations are scaled per batch, so padding moves the last digits.
    assert (together * alone).sum(1).min() > 0.99


def test_no_texts_give_no_rows(minilm):
    assert minilm.encode([]).shape == (0, 384)


def test_the_name_changes_with_the_cut(minilm):
    shorter = OnnxEncoder(minilm.model, tokenizer=minilm.tokenizer, max_tokens=16)
    assert shorter.name != minilm.name == OnnxEncoder(minilm.model, tokenizer=minilm.tokenizer).name


def test_missing_or_wrong_files_are_said(tmp_path, minilm):
    with pytest.raises(DataError, match=r"model .*nowhere.onnx does not exist"):
        OnnxEncoder(str(tmp_path / "nowhere.onnx")).encode(["a"])
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")
    with pytest.raises(DataError, match=r"broken.onnx is not a readable ONNX model"):
        OnnxEncoder(str(broken), tokenizer=minilm.tokenizer).encode(["a"])
    tokenizer = tmp_path / "tokenizer.json"
    tokenizer.write_text("{}")
    with pytest.raises(DataError, match="is not a tokenizer"):
        OnnxEncoder(minilm.model, tokenizer=str(tokenizer)).encode(["a"])


def test_a_hub_that_cannot_be_reached_is_said(monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(DataError, match="of no-such/repository cannot be loaded from the hub"):
        OnnxEncoder("no-such/repository").encode(["a"])
