import numpy as np
import pytest

from mollia.arrays import clog
from mollia.fusion import DawidSkene, Vote
from mollia.fusion.confusion import Settings, dawid_skene
from mollia.records import PanelAnswers

CLASSIC = {"soft": False, "smoothing": 0.0, "prior_count": 0.0}


def answers(labels, n_classes):
    c = np.eye(n_classes)[labels]
    return PanelAnswers(
        ids=map(str, range(len(c))), llms=map(str, range(c.shape[1])), z=np.zeros_like(c), c=c
    )


@pytest.fixture
def crowd():
    """4,000 rows from the Dawid-Skene model itself: three confused LLMs and a skewed prior."""
    rng = np.random.default_rng(0)
    confusions = np.array(
        [
            [[0.9, 0.05, 0.05], [0.1, 0.8, 0.1], [0.3, 0.1, 0.6]],
            [[0.6, 0.3, 0.1], [0.05, 0.9, 0.05], [0.05, 0.05, 0.9]],
            [[0.7, 0.2, 0.1], [0.2, 0.7, 0.1], [0.1, 0.4, 0.5]],
        ]
    )
    prior = np.array([0.5, 0.3, 0.2])
    gold = rng.choice(3, size=4000, p=prior)
    said = np.array([[rng.choice(3, p=pi[k]) for pi in confusions] for k in gold])
    return answers(said, 3), gold, confusions, prior


def test_confusions_and_prior_are_recovered_without_labels(crowd):
    X, _, confusions, prior = crowd
    fuser = DawidSkene(**CLASSIC, max_steps=500).fit(X, np.full(4000, -1))
    np.testing.assert_allclose(np.exp(fuser.confusion_.log_confusion), confusions, atol=0.06)
    np.testing.assert_allclose(np.exp(fuser.confusion_.log_prior), prior, atol=0.04)


def test_it_beats_the_vote_and_is_calibrated_on_its_own_model(crowd):
    X, gold, _, _ = crowd
    y = np.full(4000, -1)
    P = DawidSkene(**CLASSIC).fit_predict_proba(X, y)
    vote = Vote().fit(X, y).predict_proba(X)
    assert (P.argmax(1) == gold).mean() > (vote.argmax(1) == gold).mean() + 0.02
    assert P.max(1).mean() == pytest.approx((P.argmax(1) == gold).mean(), abs=0.02)


def test_human_labels_pull_a_flipped_panel_right():
    """Three LLMs that swap two classes agree; only people can tell, and 10 of 200 rows suffice."""
    gold = np.random.default_rng(0).integers(2, size=200)
    X = answers(np.stack([1 - gold] * 3, 1), 2)
    y = np.full(200, -1)
    y[:10] = gold[:10]
    settings = {"human_weight": 40.0, "accuracy": 0.6}
    assert (DawidSkene(**settings).fit_predict_proba(X, np.full(200, -1)).argmax(1) == gold).mean() == 0
    assert (DawidSkene(**settings).fit_predict_proba(X, y).argmax(1) == gold).mean() == 1


def test_a_human_rows_posterior_leaves_its_own_label_out():
    """A person contradicts the panel on one row; its own label must not explain its answers."""
    said = np.repeat([[0, 0], [1, 1], [2, 2]], 20, axis=0)
    y = np.full(60, -1)
    y[[20, 40, 45]] = [1, 2, 2]
    y[0] = 2
    P = DawidSkene().fit_predict_proba(answers(said, 3), y)
    assert P[0].argmax() == 0
    assert P[0, 2] < 0.5 * P[1, 2]  # row 1, with the same answers, may believe row 0's label


def test_row_priors_replace_the_class_prior():
    o = np.full((2, 1, 2), 0.5)
    log_prior = np.log([[0.9, 0.1], [0.2, 0.8]])
    P, _ = dawid_skene(o, np.array([-1, -1]), settings=Settings(), log_prior=log_prior)
    np.testing.assert_allclose(clog(P, 0.0), clog(np.exp(log_prior), 0.0), atol=0.2)


def test_a_new_row_is_judged_by_the_learned_confusions(crowd):
    X, gold, _, _ = crowd
    fuser = DawidSkene(**CLASSIC).fit(X[:3000], np.full(3000, -1))
    assert (fuser.predict_proba(X[3000:]).argmax(1) == gold[3000:]).mean() > 0.85


@pytest.mark.parametrize("n_llms", [3, 40])
def test_counting_equal_rows_once_changes_nothing(n_llms):
    """40 LLMs of six classes have more possible answers than a whole number can count."""
    rng = np.random.default_rng(0)
    said = rng.integers(6, size=(30, n_llms))[rng.integers(30, size=400)]
    X = answers(said, 6)
    y = np.full(400, -1)
    y[:20] = rng.integers(6, size=20)
    fuser = DawidSkene(soft=False)
    row_by_row, _ = dawid_skene(X.c, y, settings=Settings(max_steps=100, tolerance=1e-5))
    np.testing.assert_allclose(fuser.fit_predict_proba(X, y), row_by_row, atol=1e-9)
