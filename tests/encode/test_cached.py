import sqlite3

import numpy as np
import pytest

from mollia.encode.cached import CHUNK, Cached
from mollia.errors import StoreError


class Lengths:
    """Two numbers a text; counts what it encodes."""

    dim = 2

    def __init__(self, name="lengths"):
        self.name = name
        self.encoded = []

    def encode(self, texts, /):
        self.encoded += texts
        return np.array([[len(text), text.count("a")] for text in texts], np.float32).reshape(-1, 2)


def test_each_text_is_encoded_once(tmp_path):
    encoder = Lengths()
    cached = Cached(encoder, tmp_path / "deep" / "vectors.sqlite")
    first = cached.encode(["aa", "b", "aa", ""])
    assert first.tolist() == [[2, 2], [1, 0], [2, 2], [0, 0]]
    assert encoder.encoded == ["aa", "b", ""]
    again = Cached(Lengths(), tmp_path / "deep" / "vectors.sqlite")
    assert again.encode(["", "new", "aa"]).tolist() == [[0, 0], [3, 0], [2, 2]]
    assert again.encoder.encoded == ["new"]
    assert again.encode([]).shape == (0, 2)


def test_more_texts_than_fit_in_one_statement(tmp_path):
    texts = [str(i) for i in range(2 * CHUNK + 3)]
    cached = Cached(Lengths(), tmp_path / "v.sqlite")
    assert np.array_equal(cached.encode(texts), cached.encode(texts))
    assert len(cached.encoder.encoded) == len(texts)


def test_another_encoder_does_not_get_these_vectors(tmp_path):
    Cached(Lengths(), tmp_path / "v.sqlite").encode(["a"])
    other = Cached(Lengths("other"), tmp_path / "v.sqlite")
    other.encode(["a"])
    assert other.encoder.encoded == ["a"]


def test_texts_are_not_in_the_file(tmp_path):
    Cached(Lengths(), tmp_path / "v.sqlite").encode(["a secret sentence"])
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"secret" not in stored


def test_files_that_are_no_cache_are_refused(tmp_path):
    path = tmp_path / "v.sqlite"
    path.write_bytes(b"this is not a database, but it is long enough to be read as one" * 20)
    with pytest.raises(StoreError, match="cannot be used"):
        Cached(Lengths(), path).encode(["a"])
    other = tmp_path / "other.sqlite"
    db = sqlite3.connect(other)
    db.execute("PRAGMA application_id = 7")
    db.execute("CREATE TABLE t (x)")
    db.close()
    with pytest.raises(StoreError, match="is not a vector cache"):
        Cached(Lengths(), other).encode(["a"])
