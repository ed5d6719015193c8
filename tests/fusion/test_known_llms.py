import numpy as np
import pytest
from tests.fusion.conftest import draw, simulate

from mollia.errors import DataError
from mollia.fusion import Mixture, fuse
from mollia.fusion.known_llms import KnownLLMs, checked
from mollia.fusion.observation import observe

NOBODY = -np.ones(300, np.int64)
RIGHT = (0.6, 0.9, 0.6, 0.6)


def known(skill, n_classes=4, confusion=None):
    empty = np.zeros((len(skill), n_classes, n_classes))
    return KnownLLMs(skill=np.array(skill, float), confusion=empty if confusion is None else confusion)


def counts(accuracies, n_classes=4, rows=50.0):
    """Confusion counts of LLMs that err evenly."""
    off = [(1 - a) / (n_classes - 1) for a in accuracies]
    return rows * np.array(
        [
            np.full((n_classes, n_classes), e) + np.eye(n_classes) * (a - e)
            for a, e in zip(accuracies, off, strict=True)
        ]
    )


def test_a_better_llm_has_a_greater_share_and_an_unknown_one_an_average_one():
    shares = known([1.0, -1.0, np.nan]).shares(4)
    assert shares.sum() == pytest.approx(1)
    assert shares[0] > shares[2] > shares[1] > 0


def test_confusions_count_for_less_the_more_human_labels_there_are():
    some = known([0, 0, 0, 0], confusion=counts(RIGHT))
    assert some.counts(0).sum(2) == pytest.approx(100)
    assert some.counts(50).sum(2) == pytest.approx(50)
    assert known([0, 0, 0, 0]).counts(0).sum() == 0


def own_errors():
    """A panel whose LLMs confuse each in its own way: o (n, N, K), gold and the counts of another sample of the same."""
    rng = np.random.default_rng(0)
    panels = []
    for _ in range(2):
        gold = rng.integers(4, size=300)
        right = rng.random((300, 4)) < np.array([0.8, 0.95, 0.8, 0.8])
        wrong = (gold[:, None] + [1, 2, 3, 1]) % 4
        panels.append((np.eye(4)[np.where(right, gold[:, None], wrong)], gold))
    (o, gold), (before, gold_before) = panels
    return o, gold, np.einsum("nk,nia->ika", np.eye(4)[gold_before], before)


def test_true_priors_are_kept_and_named_once():
    o, gold, told = own_errors()
    kept, notes = checked(known([-0.4, 1.0, -0.3, -0.3], confusion=told), o, draw(gold, 60))
    assert kept is not None
    assert not np.isnan(kept.skill).any()
    assert kept.confusion.any()
    assert notes == ("Priors: 4 of 4 LLMs are known from earlier tasks.",)


@pytest.mark.parametrize(("labels", "checks"), [(0, False), (19, False), (60, True)])
def test_confusions_of_other_shares_of_the_classes_wait_for_labels_that_can_check_them(labels, checks):
    o, gold, told = own_errors()
    rarer = told * np.array([10.0, 1, 1, 1])[:, None]  # the first class was ten times as frequent
    for confusion, taken in ((told, True), (rarer, checks)):
        kept, notes = checked(known([-0.4, 1.0, -0.3, -0.3], confusion=confusion), o, draw(gold, labels))
        assert kept is not None
        assert kept.confusion.any() == taken
        assert not np.isnan(kept.skill).any()
        assert any("in other shares here, and fewer than 20 human labels" in note for note in notes) != taken


@pytest.mark.parametrize(("labels", "by"), [(0, "the panel's own answers"), (60, "the 60 human labels")])
def test_a_prior_that_has_it_the_wrong_way_round_is_dropped_with_a_note(labels, by):
    panel, gold, _ = simulate(accuracies=RIGHT, telling_texts=False)
    wrong = known([0.5, -1.5, 0.5, 0.5], confusion=counts((0.9, 0.1, 0.9, 0.9)))
    kept, notes = checked(wrong, observe(panel), draw(gold, labels))
    assert kept is None
    why = f"because it predicts {by} worse than no prior does."
    assert notes == (
        f"Priors: what earlier tasks showed of how good each LLM is and which classes it confuses was dropped, {why}",
    )


@pytest.mark.parametrize(("labels", "taken"), [(0, False), (19, False), (60, True)])
def test_few_labels_take_no_confusions_where_the_panel_goes_against_how_good_its_llms_were(labels, taken):
    o, gold, told = own_errors()
    kept, notes = checked(known([0.4, -1.0, 0.3, 0.3], confusion=told), o, draw(gold, labels))
    assert (kept is not None and kept.confusion.any()) == taken
    dropped = "how good each LLM is" + ("" if taken else " and which classes it confuses")
    assert any(f"showed of {dropped} was dropped" in note for note in notes)


def test_a_wrong_prior_leaves_the_fused_labels_as_they_are_without_one():
    panel, gold, _ = simulate(accuracies=RIGHT, telling_texts=False)
    y = draw(gold, 40)
    wrong = known([0.5, -1.5, 0.5, 0.5])
    plain = Mixture().fit_predict_proba(panel, y)
    assert np.array_equal(Mixture(known=wrong).fit_predict_proba(panel, y), plain)


def test_knowing_the_best_llm_helps_a_panel_without_labels():
    gained = []
    for seed in range(5):
        panel, gold, _ = simulate(
            n=60, accuracies=(0.45, 0.95, 0.45), n_classes=6, telling_texts=False, seed=seed
        )
        y = np.full(60, -1)
        told = known([-1.0, 2.0, -1.0], 6, counts((0.45, 0.95, 0.45), 6))
        with_it, without = (fuse(panel, y, known=each) for each in (told, None))
        gained.append(float((with_it.label == gold).mean() - (without.label == gold).mean()))
        assert any("3 of 3 LLMs are known" in note for note in with_it.notes)
    assert np.mean(gained) > 0


def test_the_posterior_of_new_rows_rests_on_the_same_priors():
    panel, gold, texts = simulate(accuracies=RIGHT)
    fuser = Mixture(known=known([-0.5, 1.5, -0.5, -0.5], confusion=counts(RIGHT))).fit(
        panel, draw(gold, 30), texts=texts
    )
    P = fuser.predict_proba(panel, texts=texts)
    assert P.sum(1) == pytest.approx(1)
    assert (P.argmax(1) == gold).mean() > 0.8


def test_a_method_without_priors_says_so():
    panel, _, _ = simulate()
    with pytest.raises(DataError, match="The method vote takes no priors"):
        fuse(panel, NOBODY, method="vote", known=known([0.0, 0.0, 0.0]))
