from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mollia.encode.gram_counter import GramCounter
from mollia.encode.ngrams import piece_grams, pieces_of, word_grams
from mollia.encode.tfidf import BLOCKS, Tfidf

LETTERS = st.text("ab cAé?!.\n\t\u00a0\u0301\u2028北1_Σİ\x00\x1c ", max_size=20)


def counted_one_by_one(block, text, vocabulary):
    grams = word_grams(text) if block == "word" else [g for p in pieces_of(text) for g in piece_grams(p)]
    row = np.zeros(len(vocabulary), np.float32)
    for gram, count in Counter(gram for gram in grams if gram in vocabulary).items():
        row[vocabulary[gram]] = 1 + np.log(np.float32(count))
    return row


@settings(max_examples=200, deadline=None)
@given(st.lists(LETTERS, min_size=1, max_size=6), st.lists(LETTERS, max_size=6), st.sampled_from([3, 1000]))
def test_grams_are_counted_as_one_by_one(learned_from, texts, most):
    vocabulary = Tfidf(max_features=most).fit(learned_from).vocabulary_
    counter = GramCounter(vocabulary)
    for some in (texts, texts[::-1]):  # the second time most pieces are known
        logged = counter.logged(some)
        for block in BLOCKS:
            expected = [counted_one_by_one(block, text, vocabulary[block]) for text in some]
            assert np.array_equal(
                logged[block].toarray(), np.reshape(expected, (len(some), len(vocabulary[block])))
            )


def test_only_the_pieces_of_the_last_call_are_remembered():
    counter = GramCounter(Tfidf().fit(["a b"]).vocabulary_)
    for at in range(9):
        assert counter.logged([f"a b x{at}"])["word"].nnz == 3
        assert list(counter._held) == ["a", "b", f"x{at}"]
