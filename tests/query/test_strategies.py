"""What each strategy prefers, on small cases worked out by hand or by the definition."""

from dataclasses import replace

import numpy as np
import pytest

from mollia.errors import DataError
from mollia.query.badge import badge
from mollia.query.bald import bald, mutual_information
from mollia.query.bemps import bemps, expected_benefits
from mollia.query.benefit import benefit
from mollia.query.class_balanced import balanced_margin, class_balanced
from mollia.query.clusters import k_means
from mollia.query.coreset import coreset
from mollia.query.entropy import entropy
from mollia.query.margin import margin, margins
from mollia.query.noise_stability import noise_stability
from mollia.query.prob_cover import MOST_ROWS, prob_cover
from mollia.query.student_versus_panel import student_versus_panel
from mollia.query.typiclust import typiclust
from mollia.query.vote_entropy import opinion, vote_entropy


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def blobs(sizes, *, apart=20.0, rng):
    """Rows in round heaps; the heap's number of each row."""
    of = np.repeat(np.arange(len(sizes)), sizes)
    centres = rng.normal(size=(len(sizes), 8)) * apart
    return (centres[of] + rng.normal(size=(len(of), 8))).astype(np.float32), of


def test_margins_look_at_the_two_best_classes_only(make_view, rng):
    probs = np.array([[0.5, 0.4, 0.1], [0.34, 0.33, 0.33], [0.6, 0.4, 0.0]])
    assert margins(probs) == pytest.approx([0.1, 0.01, 0.2])
    assert margin(replace(make_view(3), probs=probs), 3, rng).rows.tolist() == [1, 0, 2]
    assert margins(np.ones((2, 1))).tolist() == [1, 1]


def test_coreset_covers_what_no_labelled_row_covers(make_view, rng):
    vectors, of = blobs([30, 5, 5], rng=rng)
    labelled = vectors[of == 0][:3]
    rows = coreset(replace(make_view(40), vectors=vectors, labelled_vectors=labelled), 2, rng).rows
    assert set(of[rows].tolist()) == {1, 2}


def test_badge_draws_from_the_gradients_themselves(make_view):
    """Its draws follow k-means++ on the outer products, which it never builds."""
    view = make_view(12, K=3, d=2, seed=4)
    a = view.probs - np.eye(3)[view.probs.argmax(1)]
    gradients = (a[:, :, None] * view.vectors[:, None, :]).reshape(12, -1)
    first = int((gradients**2).sum(1).argmax())
    expected = ((gradients - gradients[first]) ** 2).sum(1)
    picks = np.array([badge(view, 2, np.random.default_rng(seed)).rows for seed in range(3000)])
    assert (picks[:, 0] == first).all()
    seen = np.bincount(picks[:, 1], minlength=12) / 3000
    assert np.abs(seen - expected / expected.sum()).max() < 0.04


def test_typiclust_starts_cold_with_the_heart_of_each_heap(make_view, rng):
    vectors, of = blobs([50, 30, 20], rng=rng)
    view = replace(make_view(100), vectors=vectors, labelled_vectors=np.zeros((0, 8), np.float32))
    rows = typiclust(view, 3, rng).rows
    assert sorted(of[rows].tolist()) == [0, 1, 2]
    for row in rows:
        heap = vectors[of == of[row]]
        from_centre = np.linalg.norm(heap - heap.mean(0), axis=1)
        assert np.linalg.norm(vectors[row] - heap.mean(0)) < np.quantile(from_centre, 0.3)


def test_typiclust_leaves_heaps_with_labels_alone(make_view, rng):
    vectors, of = blobs([50, 30, 20], rng=rng)
    view = replace(make_view(100), vectors=vectors, labelled_vectors=vectors[of == 0][:1])
    assert set(of[typiclust(view, 2, rng).rows].tolist()) == {1, 2}


def test_prob_cover_lays_the_first_ball_on_the_densest_heap(make_view, rng):
    vectors, of = blobs([60, 30, 10], rng=rng)
    view = replace(make_view(100), vectors=vectors, labelled_vectors=np.zeros((0, 8), np.float32))
    assert of[prob_cover(view, 3, rng).rows].tolist() == [0, 1, 2]
    labelled = replace(view, labelled_vectors=vectors[of == 0][:1])
    assert of[prob_cover(labelled, 1, rng).rows].tolist() == [1]


def test_prob_cover_says_when_it_looks_at_a_part_of_the_pool_only(make_view, rng, caplog):
    view = make_view(40)
    many = np.repeat(view.vectors, MOST_ROWS // 40 + 1, axis=0)
    big = replace(view, probs=np.full((len(many), 3), 1 / 3), vectors=many)
    rows = prob_cover(big, 5, rng).rows
    assert len(set(rows.tolist())) == 5
    assert f"{MOST_ROWS} rows drawn from the pool's {len(many)}" in caplog.text


def test_noise_stability_takes_the_least_stable_row_first_and_then_other_directions(make_view, rng):
    moves = np.zeros((2, 4, 3))
    moves[0, :, 0] = [0.1, 3.0, 2.9, 0.0]
    moves[1, 3, 2] = 2.0
    rows = noise_stability(replace(make_view(4), deviations=moves), 4, rng).rows
    assert rows.tolist()[:2] == [1, 3]


def test_bald_sees_disagreement_and_not_doubt(make_view, rng):
    doubt = np.full((2, 1, 2), 0.5)
    dispute = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    passes = np.concatenate([doubt, dispute], axis=1)
    assert mutual_information(passes) == pytest.approx([0.0, np.log(2)])
    assert bald(replace(make_view(2), passes=passes), 2, rng).rows.tolist() == [1, 0]


def test_the_benefits_are_the_papers_sums():
    rng = np.random.default_rng(3)
    passes = rng.dirichlet([1, 2, 3], (4, 6))  # E = 4, m = 6, K = 3
    mean = passes.mean(0)
    at = np.zeros((6, 6))  # row x at row x'
    for x in range(6):
        for y in range(3):
            w = passes[:, x, y] / passes[:, x, y].sum()
            after = np.einsum("e,emk->mk", w, passes)
            at[x] += mean[x, y] * ((after - mean) ** 2).sum(1)
    benefit, where = expected_benefits(passes)
    assert benefit == pytest.approx(at.mean(1))
    apart = np.sqrt(((where[:, None] - where) ** 2).sum(2))
    assert apart == pytest.approx(np.sqrt(((at[:, None] - at) ** 2).mean(2)), abs=1e-9)


def test_bemps_picks_from_the_better_half(make_view, rng):
    view = make_view(40)
    benefit, _ = expected_benefits(view.passes)
    rows = bemps(view, 8, rng).rows
    assert benefit[rows].min() >= np.median(benefit) - 1e-12
    assert (np.diff(benefit[rows]) <= 1e-12).all()


def test_vote_entropy_ranks_by_how_the_llms_differ(make_view, rng):
    view = make_view(3)
    votes = np.zeros((3, 4, 3))
    votes[0, :, 0] = 1  # of one mind
    votes[1, :2, 0], votes[1, 2:, 1] = 1, 1  # two camps
    panel = replace(view.panel, c=votes, z=np.zeros_like(votes))
    rows = vote_entropy(replace(view, panel=panel), 3, rng).rows
    assert rows.tolist() == [1, 0, 2]
    assert np.isnan(opinion(panel)[2]).all()


def test_student_and_panel_differ_most_where_both_are_sure(make_view, rng):
    view = make_view(3)
    votes = np.zeros((3, 4, 3))
    votes[:, :, 0] = 1
    panel = replace(view.panel, c=votes, z=np.zeros_like(votes))
    probs = np.array([[1.0, 0, 0], [0, 1.0, 0], [0.4, 0.3, 0.3]])
    assert student_versus_panel(replace(view, panel=panel, probs=probs), 3, rng).rows.tolist() == [1, 2, 0]


@pytest.mark.parametrize("strategy", [vote_entropy, student_versus_panel])
def test_without_a_panel_these_say_what_to_do(make_view, rng, strategy):
    with pytest.raises(DataError, match="needs the panel's answers") as found:
        strategy(replace(make_view(), panel=None), 3, rng)
    assert 'ask = "pool"' in found.value.hint


def test_benefit_asks_where_the_fused_labels_are_in_doubt_once_for_like_rows(make_view, rng):
    fused = np.array([[0.5, 0.5], [0.52, 0.48], [0.9, 0.1], [0.6, 0.4]])
    vectors = np.array([[1, 0], [3, 0], [0, 1], [0, 2]], np.float32)
    view = replace(make_view(4), fused=fused, vectors=vectors)
    assert benefit(view, 4, rng).rows[:2].tolist() == [0, 3]
    with pytest.raises(DataError, match="needs the fused labels") as found:
        benefit(replace(view, fused=None), 2, rng)
    assert 'ask = "pool"' in found.value.hint


def test_the_balanced_wrapper_takes_each_predicted_class_in_turn(make_view, rng):
    probs = np.array([[0.5, 0.4, 0.1]] * 10 + [[0.1, 0.8, 0.1]] * 2 + [[0.0, 0.1, 0.9]] * 3)
    view = replace(make_view(15), probs=probs)
    assert set(entropy(view, 6, rng).rows.tolist()) <= set(range(10))
    rows = class_balanced(entropy)(view, 6, rng).rows
    assert np.bincount(probs[rows].argmax(1)).tolist() == [2, 2, 2]
    assert rows[0] == 0
    assert len(balanced_margin(view, 15, rng).rows) == 15


def test_k_means_finds_heaps_that_are_far_apart(rng):
    vectors, of = blobs([40, 40, 40], rng=rng)
    best = min(
        (k_means(vectors, 3, np.random.default_rng(seed)) for seed in range(5)),
        key=lambda found: ((vectors - found[0][found[1]]) ** 2).sum(),
    )[1]
    assert all(len(set(best[of == heap].tolist())) == 1 for heap in range(3))
    assert len(set(best.tolist())) == 3
