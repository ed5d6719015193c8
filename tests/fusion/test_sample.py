"""Pools of very many rows are learned from a sample; the bounds are lowered here so that a small pool has many."""

import numpy as np
import pytest

from mollia.fusion import Mixture, fuse
from mollia.fusion import sample as module
from mollia.fusion.sample import in_pieces, learning_rows, pieces
from mollia.honest.cross_fit import cross_fitted
from mollia.records import PanelAnswers

K = 3


def panel(n, *, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    gold = rng.choice(K, n, p=[0.7, 0.25, 0.05])
    said = np.where(rng.random((n, 4)) < 0.75, gold[:, None], rng.integers(K, size=(n, 4)))
    z = np.eye(K)[said] * 0.8 + 0.2 / K
    ids = [str(row) for row in range(n)]
    answers = PanelAnswers(
        ids=ids, llms=("a", "b", "c", "d"), z=z.astype(dtype), c=np.eye(K)[said].astype(dtype)
    )
    words = np.array(["ball goal", "vote law", "bank loan"])[gold]
    return answers, gold, [f"{text} number{row % 50}" for row, text in enumerate(words)]


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(module, "MANY", 500)
    monkeypatch.setattr(module.learning_rows, "__kwdefaults__", {"most": 300})
    monkeypatch.setattr(module, "CHUNK", 64)
    monkeypatch.setattr("mollia.fusion.mixture.CHUNK", 64)


def labels(gold, n=40):
    y = np.full(len(gold), -1)
    y[:n] = gold[:n]
    return y


def test_the_sample_has_each_class_in_its_share_and_every_human_row(few):
    answers, gold, _ = panel(3000)
    y = labels(gold)
    rows = learning_rows(answers, y, np.random.default_rng(0))
    assert set(range(40)) <= set(rows.tolist())
    assert (np.diff(rows) > 0).all()
    assert 300 <= len(rows) <= 340
    all_said = np.bincount((answers.z + answers.c).sum(1).argmax(1), minlength=K) / 3000
    said = np.bincount((answers.z + answers.c)[rows].sum(1).argmax(1), minlength=K) / len(rows)
    assert np.abs(said - all_said).max() < 0.05


def test_a_pool_that_is_not_large_is_learned_from_whole(few):
    answers, gold, _ = panel(500)
    assert learning_rows(answers, labels(gold), np.random.default_rng(0)) is None


def test_a_large_pool_is_labelled_as_well_as_by_a_fit_of_all_and_says_so(few, monkeypatch):
    answers, gold, texts = panel(3000)
    y = labels(gold)
    sampled = fuse(answers, y, texts=texts)
    assert any(note.startswith("Learned from a sample of 3") for note in sampled.notes)
    monkeypatch.setattr(module, "MANY", 10_000)
    whole = fuse(answers, y, texts=texts)
    assert not any("sample" in note for note in whole.notes)
    right = [(each.label == gold)[40:].mean() for each in (sampled, whole)]
    assert right[0] > right[1] - 0.01
    assert (sampled.label[:40] == gold[:40]).all()


def test_single_precision_at_rest_changes_no_label(few):
    answers, gold, texts = panel(2000)
    single = panel(2000, dtype=np.float32)[0]
    assert single.z.dtype == np.float32
    y = labels(gold)
    one, two = fuse(answers, y, texts=texts), fuse(single, y, texts=texts)
    assert (one.label == two.label).mean() > 0.999
    assert np.abs(one.posterior - two.posterior).max() < 1e-3


def test_rows_are_labelled_in_chunks_as_at_once(few):
    answers, gold, texts = panel(400)
    fuser = Mixture(random_state=0).fit(answers, labels(gold), texts=texts)
    read = fuser._reads_texts(4 * K, many=False)
    assert read is not None
    at_once = fuser._predict(answers, texts, read(texts))
    assert np.abs(fuser.predict_proba(answers, texts=texts) - at_once).max() < 1e-6


def test_pieces_hold_every_row_once_and_very_many_rows_have_an_even_number_of_equal_ones():
    for n in (0, 1, 16_384, 50_000, 50_001, 100_000, 1_000_000):
        found = pieces(n)
        assert [row for piece in found for row in range(piece.start, piece.stop)] == list(range(n))
    sizes = [piece.stop - piece.start for piece in pieces(1_000_001)]
    assert len(sizes) % 2 == 0
    assert max(sizes) - min(sizes) < len(sizes)


def test_what_goes_wrong_in_a_chunk_is_told():
    def refuse(_rows):
        raise ValueError("a chunk")

    with pytest.raises(ValueError, match="a chunk"):
        in_pieces(10, 2, refuse)


def test_cross_fitting_refits_on_the_sample(few):
    answers, gold, texts = panel(3000)
    y = labels(gold)
    found = cross_fitted(Mixture(random_state=0), answers, y, texts)
    assert found.posterior.shape == (40, K)
    assert (found.posterior.argmax(1) == gold[:40]).mean() > 0.85
    assert 0.5 < found.open_confidence <= 1


def test_new_rows_are_read_as_through_their_vectors(few):
    """The text's models are linear: their words on the TF-IDF are those on its projection."""
    answers, gold, texts = panel(400)
    fuser = Mixture(random_state=0).fit(answers, labels(gold), texts=texts)
    read = fuser._reads_texts(4 * K, many=False)
    assert read.direct is not None
    through = fuser.text_view_.transform(texts)
    words = read(texts)
    assert set(words) >= {"kernel", "text", "answers"}
    assert np.abs(words["text"] - through @ fuser.reading_.text.coef[:-1]).max() < 1e-5
    assert np.abs(words["kernel"] - through @ fuser.supervised_.kernel.text_coef).max() < 1e-5
