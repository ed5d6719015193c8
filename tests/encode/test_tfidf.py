import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer

from mollia.encode.tfidf import Tfidf

TEXTS = [
    "What is the capital of Kenya?",
    "Who wrote Moby-Dick ?",
    "the the the end.",
    "",
    "   ",
    "Ünïcode naïve CAFÉ — 北京 大学",
]


def test_both_blocks_are_scikit_learns_tfidf():
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    words.set_params(token_pattern=r"\w+|[^\w\s]").fit(TEXTS)  # noqa: S106  # a pattern, no password
    pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True).fit(TEXTS)
    ours = Tfidf().fit(TEXTS)
    assert list(ours.vocabulary_["word"]) == words.get_feature_names_out().tolist()
    assert list(ours.vocabulary_["char"]) == pieces.get_feature_names_out().tolist()
    new = [*TEXTS, "Who is the wrote end end?"]
    theirs = np.hstack([words.transform(new).toarray(), pieces.transform(new).toarray()])
    assert np.abs(ours.transform(new).toarray() - theirs).max() < 1e-6


def test_the_same_texts_in_any_order_keep_the_same_grams():
    few = Tfidf(max_features=10).fit(TEXTS)
    assert few.width == 20
    assert Tfidf(max_features=10).fit(TEXTS[::-1]).vocabulary_ == few.vocabulary_
    assert few.fingerprint() == Tfidf(max_features=10).fit(TEXTS[::-1]).fingerprint()
    assert few.fingerprint() != Tfidf().fit(TEXTS).fingerprint()


def test_two_unicode_forms_of_a_letter_are_one():
    vectoriser = Tfidf().fit(["café", "cafe"])
    composed, decomposed = vectoriser.transform(["café", "cafe\N{COMBINING ACUTE ACCENT}"]).toarray()
    assert np.array_equal(composed, decomposed)


def test_grams_of_few_texts_can_be_left_out():
    assert list(Tfidf(min_texts=2).fit(["a b", "a c"]).vocabulary_["word"]) == ["a"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=8), st.lists(st.text(), max_size=8))
def test_any_text_gives_finite_rows_of_length_at_most_root_two(texts, new):
    rows = Tfidf().fit(texts).transform(new)
    assert rows.shape[0] == len(new)
    assert np.isfinite(rows.data).all()
    assert (np.sqrt(rows.multiply(rows).sum(1)) <= np.sqrt(2) + 1e-5).all()


def test_rows_do_not_depend_on_their_neighbours():
    vectoriser = Tfidf().fit(TEXTS)
    alone = np.vstack([vectoriser.transform([text]).toarray() for text in TEXTS])
    assert np.array_equal(vectoriser.transform(TEXTS).toarray(), alone)


def test_without_fit_there_is_nothing_to_transform():
    with pytest.raises(NotFittedError, match="call fit"):
        Tfidf().transform(["a"])
