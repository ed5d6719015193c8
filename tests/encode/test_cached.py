import sqlite3

import numpy as np
import pytest
from sklearn.base import clone

from mollia.encode import cached as module
from mollia.encode.cached import CHUNK, Cached
from mollia.engine.local import Local
from mollia.errors import StoreError
from mollia.student.frozen import FrozenStudent


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


class Watched(Local):
    """The engine of this machine; counts the texts of each batch."""

    def __init__(self):
        super().__init__()
        self.batches = []

    def map(self, work, batches, /, **how):
        for kept, found in super().map(work, batches, **how):
            self.batches.append(len(found))
            yield kept, found


def test_an_engine_is_given_what_is_more_than_one_chunk_and_the_vectors_are_the_same(
    tmp_path, minilm, monkeypatch
):
    monkeypatch.setattr(module, "CHUNK", 4)
    texts = ["a", "two words", "where is my parcel", "late " * 30, "b", "refund, please " * 9, "c", "", "d"]
    engine = Watched()
    found = Cached(minilm, tmp_path / "engine.sqlite", engine=engine)
    expected = Cached(minilm, tmp_path / "here.sqlite").encode(texts)
    assert found.encode(texts).tobytes() == expected.tobytes()
    assert engine.batches == [4, 4, 1]
    found.encode(["new", "texts", "but", "few"])
    assert found.encode(texts).tobytes() == expected.tobytes()
    assert engine.batches == [4, 4, 1]


def test_an_encoder_that_cannot_travel_stays_here(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 2)
    engine = Watched()
    assert len(Cached(Lengths(), tmp_path / "v.sqlite", engine=engine).encode(list("abcde"))) == 5
    assert engine.batches == []


def test_a_student_of_a_loaded_model_is_cloned_with_the_model_it_has(tmp_path, minilm):
    cached = Cached(minilm, tmp_path / "v.sqlite")
    cached.encode(["a"])
    assert clone(FrozenStudent(encoder=cached)).encoder is cached


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
