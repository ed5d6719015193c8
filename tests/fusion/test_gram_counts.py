import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from mollia.fusion.gram_counts import learn_part_grams, learn_word_grams

WORDS = r"(?u)\b\w+\b|\?|%"
TEXTS = st.lists(st.text(alphabet="abcé ?% \n'-", max_size=20), min_size=1, max_size=12)


def similar(ours, vectoriser, learned_from, texts):
    """The columns' order is free: compare every pair of rows."""
    try:
        theirs = vectoriser.fit(learned_from).transform(texts).toarray()
    except ValueError:  # scikit-learn refuses an empty vocabulary
        theirs = np.zeros((len(texts), 0))
    dense = ours.toarray()
    np.testing.assert_array_equal(dense @ dense.T, theirs @ theirs.T)


@settings(max_examples=60)
@given(TEXTS, TEXTS)
def test_words_and_pairs_are_counted_as_scikit_learn_counts_them(learned_from, texts):
    ours = learn_word_grams(learned_from, min_texts=1).counts(texts)
    similar(ours, CountVectorizer(ngram_range=(1, 2), token_pattern=WORDS), learned_from, texts)


@settings(max_examples=60)
@given(TEXTS, TEXTS)
def test_pieces_inside_words_are_counted_as_scikit_learn_counts_them(learned_from, texts):
    ours = learn_part_grams(learned_from, min_texts=1, most=10**6).counts(texts)
    similar(ours, CountVectorizer(analyzer="char_wb", ngram_range=(2, 4)), learned_from, texts)


def test_rare_grams_are_left_out(panel):
    _, _, texts = panel
    words = learn_word_grams(texts, min_texts=2)
    reference = CountVectorizer(ngram_range=(1, 2), token_pattern=WORDS, min_df=2).fit(texts)
    assert words.counts(texts).shape[1] == len(reference.vocabulary_)
    parts = learn_part_grams(texts, min_texts=3, most=100)
    assert len(parts.grams) == 100
    top = CountVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=3, max_features=100).fit(texts)
    least = parts.counts(texts).sum(0).min()
    assert least == top.transform(texts).sum(0).min()
