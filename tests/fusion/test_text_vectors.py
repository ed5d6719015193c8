import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from mollia.fusion.text_vectors import TextVectors


def test_texts_about_the_same_things_lie_close(panel):
    _, gold, texts = panel
    vectors = TextVectors(dim=8).fit_transform(texts)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    close = unit @ unit.T
    same = gold[:, None] == gold
    assert close[same].mean() > close[~same].mean() + 0.3


def test_new_texts_get_the_same_vectors_as_when_learned(panel):
    _, _, texts = panel
    maker = TextVectors(dim=16)
    learned = maker.fit_transform(texts)
    np.testing.assert_allclose(maker.transform(texts), learned, atol=1e-5)
    assert not maker.transform(["", "ξ"]).any()


@pytest.mark.parametrize("texts", [[], [""], ["", "", ""], ["one text"], ["a b", "a b"]])
def test_hardly_any_text_gives_narrow_vectors(texts):
    maker = TextVectors()
    vectors = maker.fit_transform(texts)
    assert len(vectors) == len(texts)
    assert maker.transform(["other"]).shape == (1, vectors.shape[1])


def test_large_pools_are_learned_from_a_sample(panel, monkeypatch):
    _, _, texts = panel
    monkeypatch.setattr("mollia.fusion.text_vectors.LEARN_FROM", 100)
    assert TextVectors(dim=16).fit_transform(texts).shape == (300, 16)


def test_transform_before_fit_is_refused():
    with pytest.raises(NotFittedError):
        TextVectors().transform(["x"])
