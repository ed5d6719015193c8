import re
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from mollia.arrays import one_hot
from mollia.errors import DataError
from mollia.student.export import save
from mollia.student.finetune import FinetunedStudent
from mollia.student.load import load_student
from mollia.student.recipe import Recipe
from mollia.student.start_weights import has_amx, load_start
from mollia.student.transformer import Transformer

UNLIKE = ["a few words", "", "was", "the stadium and the oven were there " * 9]
SPECIAL = ["<s>", "<pad>", "</s>", "[UNK]"]


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def mpnet(tmp_path_factory, texts):
    """A folder with a small MPNet of random weights, and its tokenizer, as all-mpnet-base-v2 has them."""
    import torch  # noqa: PLC0415  # as above
    import transformers  # noqa: PLC0415  # as above

    folder = tmp_path_factory.mktemp("mpnet")
    words = [*SPECIAL, *sorted(set(re.findall(r"\w+", " ".join([*texts, *UNLIKE]))))]
    vocabulary = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))  # noqa: S106  # a token of texts
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(0)
    config = transformers.MPNetConfig(
        vocab_size=3000, hidden_size=32, num_hidden_layers=4, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=130,
    )  # fmt: skip
    model = transformers.MPNetModel(config, add_pooling_layer=False)
    torch.nn.init.normal_(model.encoder.relative_attention_bias.weight, std=2.0)  # it counts for much
    model.save_pretrained(folder)
    return folder


def as_transformers_does(folder, texts, max_tokens):
    """Return the means over tokens (n, d) of the library's own forward pass, padded by its own id."""
    import torch  # noqa: PLC0415  # as above
    import transformers  # noqa: PLC0415  # as above

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(max_tokens)
    tokenizer.enable_padding(pad_id=1, pad_token="<pad>")  # noqa: S106  # a token of texts
    made = tokenizer.encode_batch(list(texts))
    ids, mask = (torch.tensor([getattr(each, name) for each in made]) for name in ("ids", "attention_mask"))
    model = transformers.AutoModel.from_pretrained(folder, add_pooling_layer=False).eval()
    with torch.no_grad():
        hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
    seen = mask[:, :, None].to(hidden.dtype)
    return ((hidden * seen).sum(1) / seen.sum(1)).numpy()


@pytest.mark.parametrize("frozen", [0.0, 0.5, 1.0])
def test_an_mpnet_cut_in_two_gives_what_transformers_own_forward_gives(mpnet, texts, frozen):
    start = load_start(str(mpnet), frozen=frozen, max_tokens=48)
    both = [*texts[:5], *UNLIKE]
    ours = Transformer(start).transform(both)
    np.testing.assert_allclose(ours, as_transformers_does(mpnet, both, 48), atol=1e-5)


def test_an_mpnet_without_its_position_bias_does_not_add_up(mpnet, monkeypatch):
    start = load_start(str(mpnet), frozen=0.5, max_tokens=48)
    monkeypatch.setattr("mollia.student.transformer.through", without_bias)
    with pytest.raises(DataError, match="halves do not add up"):
        Transformer(start)


def without_bias(_encoder, layers, hidden, blocked):
    for layer in layers:
        hidden = layer(hidden, blocked)[0]
    return hidden


def test_a_student_on_mpnet_learns_and_is_stored_and_agrees(mpnet, texts, y, tmp_path):
    student = FinetunedStudent(str(mpnet), recipe=Recipe(epochs=12, batch=6, lr=2e-3), max_tokens=32)
    student.fit(texts[::2], one_hot(y[::2], 3))
    assert (student.predict_proba(texts[1::2]).argmax(1) == y[1::2]).mean() > 0.8
    loaded = load_student(save(student, tmp_path / "student", ["a", "b", "c"]))
    both = [*texts[:6], *UNLIKE]
    assert np.abs(loaded.predict_proba(both) - student.predict_proba(both)).max() < 1e-4


@pytest.mark.skipif(not Path("/proc/cpuinfo").is_file(), reason="the file is Linux's")
def test_what_the_processor_can_is_what_linux_says_of_it():
    assert has_amx() == ("amx_bf16" in Path("/proc/cpuinfo").read_text())
