import shutil

import numpy as np
import pytest
from tests.portable.conftest import HARD, agree, example
from tests.portable.test_encoder import by_tokens

from mollia.arrays import one_hot
from mollia.encode.torch_encoder import TorchEncoder
from mollia.errors import DataError
from mollia.portable.onnx_folder import write_onnx
from mollia.portable.sklearn_file import write_pipeline
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent
from mollia.student.load import load_student


@pytest.fixture(scope="module")
def small_bert(minilm_weights, tmp_path_factory):
    """A BERT of two narrow layers with random weights, and MiniLM's tokenizer: it is written in seconds."""
    import torch  # noqa: PLC0415  # for the tests that need it
    from transformers import BertConfig, BertModel  # noqa: PLC0415  # the same

    torch.set_num_threads(1)
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("bert") / "model"
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    BertModel(BertConfig(**sizes)).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        shutil.copy(minilm_weights / name, folder)
    return folder


@pytest.fixture
def student(small_bert, acts, tmp_path):
    texts, y, names = acts
    fitted = FrozenStudent(TorchEncoder(str(small_bert), max_tokens=64)).fit(
        texts[:12], one_hot(y[:12], len(names))
    )
    return load_student(save(fitted, tmp_path / "student", names))


def test_a_torch_students_model_predicts_the_same(student, acts, tmp_path):
    write_onnx(student, tmp_path / "onnx")
    texts = [*acts[0][:20], "word " * 400, *(text for text in HARD if "\ud800" not in text)]
    agree(by_tokens(tmp_path / "onnx", texts), student, texts)


def test_the_pages_program_for_scikit_learn_predicts_the_same(
    student, small_bert, acts, tmp_path, monkeypatch, capsys
):
    write_pipeline(student, tmp_path / "student.skops")
    monkeypatch.chdir(tmp_path)
    texts = [text[:80] for text in acts[0][:20]]  # none that is cut
    names = {"MODEL": str(small_bert), "texts": texts}
    exec(example("vectors.py"), names)  # noqa: S102  # the page's own example
    assert capsys.readouterr().out.strip() == str(np.array(student.predict(texts)))


@pytest.mark.parametrize(
    ("pooling", "more", "why"),
    [("cls", (), '"cls" of the tokens'), ("mean", (8,), "made of Transformer, Pooling, Dense")],
)
def test_vectors_that_are_not_a_mean_are_refused_with_the_reason(pooling, more, why, small_bert, tmp_path):
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415  # for this test
    from sentence_transformers.sentence_transformer import modules  # noqa: PLC0415  # the same

    made = [modules.Transformer(str(small_bert)), modules.Pooling(32, pooling)]
    SentenceTransformer(modules=[*made, *(modules.Dense(32, width) for width in more)]).save(
        str(tmp_path / "m")
    )
    fitted = FrozenStudent(TorchEncoder(str(tmp_path / "m"))).fit(["one", "two"], np.eye(2))
    loaded = load_student(save(fitted, tmp_path / "student", ("a", "b")))
    with pytest.raises(DataError, match=why) as found:
        write_onnx(loaded, tmp_path / "onnx")
    assert "mollia export sklearn" in found.value.hint
    assert not (tmp_path / "onnx").exists()
