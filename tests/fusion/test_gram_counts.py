import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from mollia.fusion.gram_counts import cut_lower, learn_part_grams, learn_word_grams
from mollia.strings import Strings

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
    ours = learn_word_grams(cut_lower(learned_from, 2000), min_texts=1).counts(cut_lower(texts, 2000))
    similar(ours, CountVectorizer(ngram_range=(1, 2), token_pattern=WORDS), learned_from, texts)


@settings(max_examples=60)
@given(TEXTS, TEXTS)
def test_pieces_inside_words_are_counted_as_scikit_learn_counts_them(learned_from, texts):
    ours = learn_part_grams(cut_lower(learned_from, 2000), min_texts=1, most=10**6).counts(
        cut_lower(texts, 2000)
    )
    similar(ours, CountVectorizer(analyzer="char_wb", ngram_range=(2, 4)), learned_from, texts)


@settings(max_examples=200)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=8), st.integers(1, 12))
def test_texts_in_arrow_memory_are_cut_as_python_cuts_them(texts, most):
    texts = [text.encode("utf-8", "ignore").decode() for text in texts]
    ours, plain = cut_lower(Strings(pa.array(texts)), most), cut_lower(texts, most)
    assert ours.bounds.tolist() == plain.bounds.tolist()
    assert [ours.names[at] for at in ours.number] == [plain.names[at] for at in plain.number]


def test_rare_grams_are_left_out(panel):
    _, _, texts = panel
    cut = cut_lower(texts, 2000)
    words = learn_word_grams(cut, min_texts=2)
    reference = CountVectorizer(ngram_range=(1, 2), token_pattern=WORDS, min_df=2).fit(texts)
    assert words.counts(cut).shape[1] == len(reference.vocabulary_)
    parts = learn_part_grams(cut, min_texts=3, most=100)
    assert len(parts.grams) == 100
    top = CountVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=3, max_features=100).fit(texts)
    least = parts.counts(cut).sum(0).min()
    assert least == top.transform(texts).sum(0).min()
