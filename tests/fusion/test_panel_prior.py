import numpy as np
import pytest

from mollia.fusion import panel_prior as module
from mollia.fusion.confusion import Settings, dawid_skene
from mollia.fusion.observation import observe
from mollia.fusion.panel_prior import prior_confusions, shared_errors


def test_without_evidence_the_prior_is_the_expected_accuracy_and_even_errors():
    D = prior_confusions(np.zeros((2, 4, 4)), 0.7)
    np.testing.assert_allclose(np.einsum("ikk->ik", D), 0.7)
    np.testing.assert_allclose(D[:, 0, 1:], 0.1)


def test_an_llm_is_believed_by_its_own_counts_and_errs_as_the_panel_errs():
    right, wrong = np.diag([90.0, 90.0, 90.0]), np.zeros((3, 3))
    wrong[0] = [50.0, 45.0, 5.0]
    wrong[1, 1] = wrong[2, 2] = 50.0
    D = prior_confusions(np.stack([right, wrong]), 0.7)
    np.testing.assert_allclose(D.sum(2), 1.0)
    assert D[0, 1, 1] > D[1, 1, 1] > 0.7, "the second LLM errs more often"
    assert D[0, 0, 1] > 3 * D[0, 0, 2], "class 0 is taken for class 1, whoever errs"


def test_a_silent_llm_is_no_part_of_the_panel():
    counts = np.random.default_rng(0).gamma(1.0, 10.0, size=(2, 3, 3))
    with_silent = prior_confusions(np.concatenate([counts, np.zeros((1, 3, 3))]), 0.7)
    np.testing.assert_allclose(with_silent[:2], prior_confusions(counts, 0.7))


def test_llms_with_the_same_errors_count_as_one(simulator):
    X, gold, _ = simulator(2000, accuracies=(0.8, 0.7, 0.6))
    o = observe(X)
    o = np.concatenate([o, o[:, 2:]], axis=1)  # the last LLM twice
    T, ones = np.eye(4)[gold], np.ones(2000)
    counts = np.einsum("nk,nia->ika", T, o)
    omega = shared_errors(o, T, counts, ones)
    assert omega[2] == omega[3] == pytest.approx(0.5, abs=0.05)
    assert (omega[:2] > 0.9).all()


def test_with_many_classes_and_few_rows_a_panel_prior_beats_a_fixed_one(simulator):
    right = {True: 0.0, False: 0.0}
    for seed in range(3):
        X, gold, _ = simulator(250, n_classes=40, accuracies=(0.8, 0.5, 0.4, 0.35), seed=seed)
        for panel_prior in right:
            P, _ = dawid_skene(
                observe(X), np.full(250, -1), settings=Settings(panel_prior=panel_prior, prior_share=0.3)
            )
            right[panel_prior] += (P.argmax(1) == gold).mean() / 3
    assert right[True] > right[False] + 0.01


def test_errors_of_some_rows_at_a_time_are_those_of_all_rows(simulator, monkeypatch):
    X, gold, _ = simulator(500, accuracies=(0.8, 0.7, 0.6))
    o, T, weight = observe(X), np.eye(4)[gold], np.linspace(0.5, 2.0, 500)
    counts = np.einsum("nk,nia->ika", T, o)
    whole = shared_errors(o, T, counts, weight)
    monkeypatch.setattr(module, "CHUNK", 64)
    np.testing.assert_allclose(shared_errors(o, T, counts, weight), whole)
