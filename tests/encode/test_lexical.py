import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from mollia.encode.lexical import SVD_TEXTS, Lexical

TEXTS = ["red green blue", "green blue red", "one two three", "two three one", "", "red two"]


def test_vectors_have_the_promised_width_even_for_few_texts():
    encoder = Lexical(dim=64).fit(TEXTS)
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (6, 64)
    assert vectors.dtype == np.float32
    assert (vectors[4] == 0).all()
    assert np.linalg.norm(vectors, axis=1).max() <= 1 + 1e-5


def test_texts_with_common_words_are_nearer():
    a, b, c = Lexical(dim=4).fit(TEXTS).encode(["red green blue", "blue red green", "one two three"])
    assert a @ b > 0.6
    assert abs(a @ c) < 0.2


def test_the_same_texts_give_the_same_vectors_and_name():
    one, other = (Lexical(dim=4, random_state=0).fit(TEXTS) for _ in range(2))
    assert np.array_equal(one.encode(TEXTS), other.encode(TEXTS))
    assert one.name == other.name != Lexical(dim=4).fit(TEXTS[:3]).name


def test_a_large_pool_learns_from_a_sample():
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(list("abcdefgh"), 4)) for _ in range(SVD_TEXTS + 100)]
    assert np.isfinite(Lexical(dim=4).fit(texts).encode(texts[:10])).all()


@pytest.mark.parametrize("texts", [[], [""], ["?"], ["a", ""]])
def test_pools_without_words_are_no_special_case(texts):
    encoder = Lexical(dim=4).fit(texts)
    assert encoder.encode(["a", "", "b c"]).shape == (3, 4)
    assert encoder.encode([]).shape == (0, 4)


def test_a_clone_keeps_what_was_learned_once_there_is_something():
    encoder = Lexical(dim=4)
    assert clone(encoder) is not encoder
    encoder.fit(TEXTS)
    assert clone(encoder) is encoder


def test_without_fit_there_is_nothing_to_encode():
    with pytest.raises(NotFittedError, match="call fit with the pool's texts"):
        Lexical().encode(["a"])
