import numpy as np
import pyarrow as pa
import pytest

from mollia.fusion import gram_counts, text_sums
from mollia.fusion.text_sums import TextSums
from mollia.fusion.text_vectors import TextVectors
from mollia.strings import Strings

WORDS = ["the", "price", "of", "a", "refund", "refused", "Straße", "7", "%", "?", "ÉTÉ\u00a0late", "aaaa"]


@pytest.fixture
def texts():
    rng = np.random.default_rng(0)
    drawn = [" ".join(rng.choice(WORDS, rng.integers(1, 40))) for _ in range(300)]
    return ["", "   ", "unknownword", "the the the the", "x" * 5000, *drawn]


@pytest.mark.parametrize("in_arrow", [False, True])
def test_sums_over_parts_are_the_vectors_times_the_coefficients(texts, in_arrow, monkeypatch):
    monkeypatch.setattr(text_sums, "AT_ONCE", 64)
    learned = TextVectors(dim=8).fit(texts[:200])
    coef = np.random.default_rng(1).normal(size=(len(learned.components_), 5)).astype(np.float32)
    sums = TextSums.of(learned, coef)(Strings(pa.array(texts)) if in_arrow else texts)
    assert np.abs(sums - learned.times(texts, coef)).max() < 1e-4
    assert (sums[:2] == 0).all()


def test_pairs_are_found_by_a_hash_as_by_search(texts, monkeypatch):
    learned = TextVectors(dim=8).fit(texts)
    by_search = learned.grams_[0].counts(gram_counts.cut_lower(texts, 2000))
    monkeypatch.setattr(gram_counts, "MANY", 0)
    by_hash = learned.grams_[0].counts(gram_counts.cut_lower(texts, 2000))
    assert (by_search != by_hash).nnz == 0
    assert by_hash[:, len(learned.grams_[0].words) :].nnz > 100
