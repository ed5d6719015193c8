"""Labelled rows of an earlier task beside a new pool: they teach, and say nothing of the pool itself."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import clone

from mollia.errors import DataError
from mollia.fusion import Mixture, fuse
from mollia.fusion.carried import CarriedRows
from mollia.fusion.confusion import Settings, dawid_skene
from mollia.fusion.joint_kernel import fit_joint_kernel, log_scale, make_features
from mollia.fusion.linear_pool import fit_linear_pool, pseudo_counts
from mollia.fusion.log_linear_pool import fit_pool
from mollia.fusion.observation import observe
from mollia.fusion.stack import fit_stack
from mollia.fusion.view_weight import choose_weight
from mollia.records import PanelAnswers
from mollia.student import FrozenStudent

UNEVEN = (0.9, 0.45, 0.45, 0.45)  # one good LLM, which the panel's agreement alone does not give away


@pytest.fixture
def tasks(simulator):
    """The rows of an earlier task, all labelled, and a new pool: gold of both."""
    old, old_gold, old_texts = simulator(100, accuracies=UNEVEN, seed=1, telling_texts=False)
    new, gold, texts = simulator(300, accuracies=UNEVEN, seed=2, telling_texts=False)
    rows = CarriedRows(answers=old, y=old_gold, weight=np.ones(100), texts=old_texts, source="last year")
    return rows, new, gold, texts


def accuracy(posterior, gold):
    return (posterior.argmax(1) == gold).mean()


def test_carried_labels_say_which_llm_is_good(tasks):
    rows, new, gold, texts = tasks
    nobody = np.full(300, -1)
    afresh = fuse(new, nobody, texts=texts).posterior
    carried = fuse(new, nobody, texts=texts, known=rows).posterior
    assert accuracy(carried, gold) > accuracy(afresh, gold) + 0.05
    assert len(carried) == 300


def test_the_less_they_weigh_the_less_they_teach(tasks):
    rows, new, _, texts = tasks
    y = np.full(300, -1)
    afresh = fuse(new, y, texts=texts).posterior
    near, far = (
        fuse(new, y, texts=texts, known=replace(rows, weight=s * rows.weight)).posterior for s in (0.01, 1.0)
    )
    assert np.abs(near - afresh).mean() < np.abs(far - afresh).mean()


def test_figures_rest_on_the_new_labels_alone(tasks):
    rows, new, gold, texts = tasks
    y = np.where(np.arange(300) < 25, gold, -1)
    fuser = Mixture(known=rows).fit(new, y, texts=texts)
    assert fuser.calibrated_
    assert len(fuser.seed_posterior_) == 25
    few = Mixture(known=rows).fit(new, np.where(np.arange(300) < 5, gold, -1), texts=texts)
    assert not few.calibrated_
    assert any("fewer than 20 human labels" in note for note in few.notes_)
    assert any(note.startswith("Carried: 100 rows that people labelled in last year") for note in few.notes_)


def test_the_class_shares_are_the_new_pools(tasks):
    rows, new, _, _ = tasks
    of_one = replace(rows, y=np.zeros(100, np.int64))
    joined = of_one.behind(new, np.full(300, -1), None)
    o = observe(joined.answers)
    _, with_old = dawid_skene(o, joined.y, settings=Settings(), carried=joined.carried)
    _, as_own = dawid_skene(o, joined.y, settings=Settings())
    assert np.exp(as_own.log_prior[0]) > 0.5
    assert np.exp(with_old.log_prior[0]) < 0.5


class Weighed(FrozenStudent):
    """A student that keeps what weights its rows had."""

    weights = []  # noqa: RUF012  # of all students

    def fit(self, X, y, *, sample_weight=None, **more):
        self.weights.append(sample_weight)
        return super().fit(X, y, sample_weight=sample_weight, **more)


def test_students_learn_from_carried_rows_by_their_weight_and_the_new_rows_say_what_they_are_worth(
    tasks, monkeypatch
):
    rows, new, gold, texts = tasks
    y = np.where(np.arange(300) < 25, gold, -1)
    compared = []
    monkeypatch.setattr(Weighed, "weights", [])
    monkeypatch.setattr(
        "mollia.fusion.student_view.choose_weight",
        lambda P, Q, labels: compared.append(labels) or choose_weight(P, Q, labels),
    )
    known = replace(rows, weight=np.full(100, 0.1))
    telling = [f"{text} word{k}" for text, k in zip(texts, gold, strict=True)]
    old = replace(known, texts=[f"{text} word{k}" for text, k in zip(rows.texts, rows.y, strict=True)])
    fused = Mixture(known=old, student=Weighed).fit_predict_proba(new, y, texts=telling)
    assert fused.shape == (300, new.n_classes)
    assert set(np.concatenate(Weighed.weights).round(6)) == {
        0.5,
        1.0,
        5.0,
    }  # carried, unlabelled, new human rows
    assert compared
    for labels in compared:
        assert labels.tolist() == gold[:25].tolist()


def test_it_is_cloned_and_labels_rows_that_are_new(tasks):
    rows, new, gold, texts = tasks
    fuser = clone(Mixture(known=rows)).fit(new, np.full(300, -1), texts=texts)
    assert accuracy(fuser.predict_proba(new, texts=texts), gold) > 0.7
    assert fuser.get_params()["known"].source == "last year"


def test_llms_are_matched_by_name_and_those_of_one_side_are_silent_on_the_other(tasks):
    rows, new, gold, texts = tasks
    turned = replace(rows, answers=rows.answers.subpanel(("llm2", "llm0")))
    joined = turned.behind(new, np.full(300, -1), texts)
    assert joined.answers.llms == new.llms
    np.testing.assert_array_equal(joined.answers.c[300:, 0], rows.answers.c[:, 0])
    assert not joined.answers.c[300:, 1].any()
    assert not joined.answers.asked[300:, 1].any()
    assert accuracy(fuse(new, np.full(300, -1), texts=texts, known=turned).posterior, gold) > 0.6


def test_strangers_and_other_classes_are_refused(tasks):
    rows, new, _, texts = tasks
    strangers = replace(rows, answers=replace(rows.answers, llms=("a", "b", "c", "d")))
    with pytest.raises(DataError, match="None of the LLMs of the carried rows"):
        fuse(new, np.full(300, -1), texts=texts, known=strangers)
    wider = PanelAnswers(ids=["x"], llms=new.llms, z=np.zeros((1, 4, 5)), c=np.zeros((1, 4, 5)))
    with pytest.raises(DataError, match="5 classes"):
        fuse(new, np.full(300, -1), known=CarriedRows(answers=wider, y=np.zeros(1), weight=np.ones(1)))
    with pytest.raises(DataError, match="takes no carried rows"):
        fuse(new, np.full(300, -1), method="vote", known=rows)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"y": np.full(100, -1)}, "no label"),
        ({"weight": np.zeros(100)}, "above 0"),
        ({"weight": np.full(100, np.nan)}, "above 0"),
        ({"y": np.zeros(3)}, "100 rows"),
    ],
)
def test_rows_without_a_label_or_weight_are_refused(tasks, changed, said):
    with pytest.raises(DataError, match=said):
        replace(tasks[0], **changed)


def test_a_row_of_weight_two_counts_as_two_rows_in_each_part(simulator):
    X, gold, _ = simulator(40, seed=3)
    o, rng = observe(X), np.random.default_rng(0)
    twice = np.r_[np.arange(40), np.arange(10)]
    weight = np.where(np.arange(40) < 10, 2.0, 1.0)
    P = rng.dirichlet(np.ones(4), 40)
    scores = np.log(P)

    one = fit_pool(scores, [P], gold, weight=weight)
    other = fit_pool(scores[twice], [P[twice]], gold[twice])
    assert one.a == pytest.approx(other.a, rel=1e-4)

    alpha = pseudo_counts(o)
    one = fit_linear_pool(alpha, P, o, P, gold, weight)
    other = fit_linear_pool(alpha, P[twice], o[twice], P[twice], gold[twice])
    np.testing.assert_allclose(one.llms, other.llms, rtol=1e-6)

    views, columns, w0 = scores[:, None], o.reshape(40, -1), np.ones(1)
    one = fit_stack(views, columns, gold, w0=w0, penalty=5.0, weight=weight)
    other = fit_stack(views[twice], columns[twice], gold[twice], w0=w0, penalty=5.0)
    np.testing.assert_allclose(one.w, other.w, rtol=1e-3)


def test_the_kernels_left_out_word_is_that_of_a_fit_without_the_row(simulator):
    X, gold, _ = simulator(30, seed=4)
    o = observe(X)
    features = make_features(o, None, log_scale(o), answered=3)
    weight = np.random.default_rng(0).uniform(0.3, 1.0, 30)
    even, _ = fit_joint_kernel(features, gold, 4)
    model, _ = fit_joint_kernel(features, gold, 4, weight)
    same, left_out = fit_joint_kernel(features, gold, 4, np.ones(30))
    np.testing.assert_allclose(same.dual, even.dual, atol=1e-9)
    assert not np.allclose(model.dual, even.dual)
    assert left_out.shape == (30, 4)
