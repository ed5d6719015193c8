from dataclasses import replace

import numpy as np
import pytest

from mollia.fusion import DawidSkene, Mixture, fuse, mixture


def rest_accuracy(posterior, gold, y):
    return (posterior.argmax(1) == gold)[y < 0].mean()


def test_telling_texts_raise_accuracy(panel, drawer):
    X, gold, texts = panel
    y = drawer(gold, 40)
    with_texts, without = Mixture(), Mixture()
    gain = rest_accuracy(with_texts.fit_predict_proba(X, y, texts=texts), gold, y) - rest_accuracy(
        without.fit_predict_proba(X, y), gold, y
    )
    assert with_texts.learned_.gate == 1.0
    assert gain > 0.04


def test_texts_that_tell_nothing_are_shut_out(simulator, drawer):
    X, gold, texts = simulator(telling_texts=False)
    y = drawer(gold, 40)
    fuser = Mixture()
    P = fuser.fit_predict_proba(X, y, texts=texts)
    assert fuser.learned_.gate == 0.0
    assert any("left out" in note for note in fuser.notes_)
    assert rest_accuracy(P, gold, y) > rest_accuracy(Mixture().fit_predict_proba(X, y), gold, y) - 0.02


def test_new_rows_are_labelled_as_well_as_the_fitted_ones(simulator, drawer):
    X, gold, texts = simulator(600)
    y = drawer(gold[:300], 40)
    fuser = Mixture()
    seen = rest_accuracy(fuser.fit_predict_proba(X[:300], y, texts=texts[:300]), gold[:300], y)
    new = (fuser.predict_proba(X[300:], texts=texts[300:]).argmax(1) == gold[300:]).mean()
    assert new > seen - 0.03
    without_texts = (fuser.predict_proba(X[300:]).argmax(1) == gold[300:]).mean()
    assert without_texts > 0.78


def test_a_human_rows_wrong_label_hardly_moves_its_own_posterior(panel, drawer):
    X, gold, texts = panel
    y = drawer(gold, 60)
    row = int(np.flatnonzero(y >= 0)[0])
    true = Mixture().fit_predict_proba(X, y, texts=texts)[row, gold[row]]
    y[row] = (gold[row] + 1) % 4
    assert Mixture().fit_predict_proba(X, y, texts=texts)[row, gold[row]] > true - 0.15


def test_temperature_needs_twenty_labels(panel, drawer):
    X, gold, texts = panel
    few, none = fuse(X, drawer(gold, 19), texts=texts), fuse(X, drawer(gold, 0), texts=texts)
    assert not few.calibrated
    assert any("fewer than 20" in note for note in few.notes)
    assert fuse(X, drawer(gold, 20), texts=texts).calibrated
    assert none.confidence.mean() < few.confidence.mean()


def test_confidence_is_near_accuracy(simulator, drawer):
    X, gold, texts = simulator(1500)
    y = drawer(gold, 80)
    fused = fuse(X, y, texts=texts)
    rest = y < 0
    assert fused.confidence[rest].mean() == pytest.approx((fused.label == gold)[rest].mean(), abs=0.05)


def test_it_holds_its_own_against_dawid_skene_from_no_label_on(simulator, drawer):
    for seed in range(3):
        X, gold, texts = simulator(seed=seed)
        for n_labels in (0, 20, 50):
            y = drawer(gold, n_labels, seed)
            mixture = rest_accuracy(Mixture().fit_predict_proba(X, y, texts=texts), gold, y)
            plain = rest_accuracy(DawidSkene().fit_predict_proba(X, y), gold, y)
            assert mixture > plain - 0.01


def test_supervised_views_gain_weight_with_labels(simulator, drawer):
    X, gold, texts = simulator(800)
    few, many = Mixture(), Mixture()
    for fuser, n_labels in ((few, 20), (many, 300)):
        fuser.fit(X, drawer(gold, n_labels), texts=texts)
    assert few.pool_.b.sum() < many.pool_.b.sum()
    assert few.supervised_.trees is None
    assert many.supervised_.trees is not None


def test_where_people_contradict_the_panel_many_labels_win(simulator, drawer):
    X, gold, texts = simulator(800)
    truth = (gold + 1) % 4
    y = drawer(truth, 300)
    assert rest_accuracy(Mixture().fit_predict_proba(X, y, texts=texts), truth, y) > 0.8


def test_any_encoder_can_be_the_text_view(panel, drawer):
    X, gold, texts = panel

    class FirstWord:
        name = "first-word"
        words = sorted({text.split()[0] for text in texts})
        dim = len(words)

        def encode(self, given, /):
            return np.array([[word == text.split()[0] for word in self.words] for text in given], np.float32)

    y = drawer(gold, 40)
    fuser = Mixture(encoder=FirstWord())
    assert rest_accuracy(fuser.fit_predict_proba(X, y, texts=texts), gold, y) > 0.95
    assert (fuser.predict_proba(X, texts=texts).argmax(1) == gold).mean() > 0.95


def test_without_calibration_labels_stay_and_nothing_claims_to_be_calibrated(panel, drawer):
    X, gold, texts = panel
    y = drawer(gold, 50)
    whole = Mixture().fit_predict_proba(X, y, texts=texts).argmax(1)
    quick = Mixture(calibrate=False)
    assert (quick.fit_predict_proba(X, y, texts=texts).argmax(1) == whole).mean() > 0.97
    assert not quick.calibrated_


def test_very_many_masses_are_learned_block_by_block_with_labels_as_right(panel, drawer, monkeypatch):
    X, gold, texts = panel
    y = drawer(gold, 50)
    whole = Mixture()
    right = rest_accuracy(whole.fit_predict_proba(X, y, texts=texts), gold, y)
    assert whole.settings_ == mixture.SETTINGS
    monkeypatch.setattr(mixture, "MANY_CELLS", X.z.size - 1)
    monkeypatch.setattr(mixture, "BY_BLOCK", replace(mixture.BY_BLOCK, block=100))
    quick = Mixture()
    assert abs(rest_accuracy(quick.fit_predict_proba(X, y, texts=texts), gold, y) - right) < 0.01
    assert quick.settings_ == mixture.BY_BLOCK
