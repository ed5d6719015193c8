import numpy as np
import pytest
from sklearn.base import clone

from mollia.arrays import one_hot
from mollia.encode.counted import Counted, CountedTfidf, GramCounts
from mollia.encode.lexical import Lexical
from mollia.encode.tfidf import Tfidf
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent
from mollia.student.load import load_student

TEXTS = [
    "What is the capital of Kenya ?",
    "",
    "naïve café",
    "the café the café",
    "Who wrote the capital ?",
    "What is the capital of Kenya ?",
    "a",
]
NEW = "Where was the café ?"


@pytest.fixture
def counts():
    return GramCounts.of(TEXTS)


@pytest.mark.parametrize("rows", [[0, 2, 5], [1], [3, 4, 6, 1]])
def test_known_texts_give_the_rows_of_tfidf(counts, rows):
    texts = [TEXTS[row] for row in rows]
    plain, counted = Tfidf().fit(texts), CountedTfidf(counts).fit(texts)
    for some in (TEXTS, texts, []):
        assert np.allclose(counted.transform(some).toarray(), plain.transform(some).toarray(), atol=1e-7)


def test_a_text_that_was_not_counted_goes_the_long_way(counts):
    plain, counted = Tfidf().fit(TEXTS[:3]), CountedTfidf(counts).fit(TEXTS[:3])
    assert np.array_equal(counted.transform([NEW]).toarray(), plain.transform([NEW]).toarray())
    learned = CountedTfidf(counts).fit([NEW, "the sun"])
    assert np.array_equal(
        learned.transform(TEXTS).toarray(), Tfidf().fit([NEW, "the sun"]).transform(TEXTS).toarray()
    )


def test_the_most_frequent_grams_are_kept_as_tfidf_keeps_them(counts, monkeypatch):
    plain = Tfidf(max_features=7)
    monkeypatch.setattr("mollia.encode.counted.Tfidf", lambda: Tfidf(max_features=7))
    counted = CountedTfidf(counts).fit(TEXTS)
    assert np.allclose(
        counted.transform(TEXTS).toarray(), plain.fit(TEXTS).transform(TEXTS).toarray(), atol=1e-7
    )


def test_a_student_learns_and_is_stored_as_with_the_plain_encoder(tmp_path):
    lexical = Lexical(dim=4).fit(TEXTS)
    counted = Counted(lexical, TEXTS)
    y = one_hot(np.array([0, 1, 1, 1, 0, 0, 1]), 2)
    plain, quick = (FrozenStudent(each).fit(TEXTS, y) for each in (lexical, counted))
    both = [*TEXTS, NEW]
    assert np.allclose(quick.predict_proba(both), plain.predict_proba(both), atol=1e-6)
    assert np.array_equal(quick.embed(both), plain.embed(both))
    assert np.array_equal(clone(quick).fit(TEXTS, y).predict_proba(both), quick.predict_proba(both))
    loaded = load_student(save(quick, tmp_path, ["a", "b"]))
    assert np.allclose(loaded.predict_proba(both), quick.predict_proba(both), atol=1e-6)
