import json

import numpy as np
import pytest

from mollia.arrays import normalise, one_hot
from mollia.errors import DataError
from mollia.student.frozen import FrozenStudent
from mollia_benchmarks.job import Job
from mollia_benchmarks.student import Cell, report, run
from mollia_benchmarks.student_labels import Labelling, Labels
from mollia_benchmarks.student_peers import co_taught, confident, small_loss
from mollia_benchmarks.student_recipes import NAMES, RECIPES, Lesson, taught

N, K, HUMAN = 90, 3, 12
WORDS = np.array(["good fine nice", "bad poor awful", "late lost slow"])


@pytest.fixture(scope="module")
def lesson():
    """Texts that tell the class; a fifth of the panel's labels is wrong."""
    rng = np.random.default_rng(0)
    gold = np.arange(N) % K
    wrong = (np.arange(N) >= HUMAN) & (np.arange(N) % 5 == 4)
    label = np.where(wrong, (gold + 1) % K, gold)
    posterior = np.where(one_hot(label, K) > 0, 0.7, 0.15)
    posterior[:HUMAN] = one_hot(gold[:HUMAN], K)
    held_out = np.where(
        one_hot(np.where(np.arange(HUMAN) % 4 == 3, (gold[:HUMAN] + 1) % K, gold[:HUMAN]), K) > 0, 0.98, 0.01
    )
    held_out = normalise(
        held_out * rng.uniform(0.2, 1.8, held_out.shape)
    )  # no two are equal, as in real ones
    y = np.where(np.arange(N) < HUMAN, gold, -1)
    return Lesson(
        texts=[f"{WORDS[k]} {rng.integers(99)}" for k in gold],
        labels=Labels(
            y=y, posterior=posterior, negative=posterior < 0.2, held_out=held_out, rows=np.arange(N)
        ),
        rows=np.arange(N),
        gold=gold,
        new_student=FrozenStudent,
        draw=0,
    )


def test_recipes_learn_and_differ_where_they_should(lesson):
    plain = taught("soft", lesson, lesson).predict_proba(lesson.texts)
    for name in NAMES:
        probs = taught(name, lesson, lesson).predict_proba(lesson.texts)
        assert (probs.argmax(1) == lesson.gold).mean() >= 0.75, name
        assert np.array_equal(probs, plain) == (name in {"soft", "soft, whole pool"}), name


def test_what_is_learned_comes_from_people_alone(lesson):
    """Other gold than the human rows' changes no recipe but the ceiling."""
    other = Lesson(
        texts=lesson.texts,
        labels=lesson.labels,
        rows=lesson.rows,
        gold=np.where(np.arange(N) < HUMAN, lesson.gold, (lesson.gold + 1) % K),
        new_student=FrozenStudent,
        draw=0,
    )
    for name in RECIPES:
        one, two = (taught(name, each, each).predict_proba(lesson.texts) for each in (lesson, other))
        assert np.array_equal(one, two) == (name != "gold"), name


def test_small_loss_keeps_people_and_the_easy_rows():
    loss, human = np.array([9.0, 0.1, 0.2, 3.0, 0.3]), np.array([True, False, False, False, False])
    assert small_loss(loss, human, 0.5).tolist() == [0, 1, 2]
    assert small_loss(loss, human, 0.0).tolist() == [0]
    assert set(small_loss(loss, human, 1.0).tolist()) == set(range(5))


def test_confident_learning_drops_wrong_labels_but_no_persons(lesson):
    kept = confident(lesson.label, lesson.judged, lesson.human)
    wrong = lesson.label != lesson.gold
    assert set(range(HUMAN)) <= set(kept.tolist())
    assert wrong[kept].mean() < wrong.mean() / 2


def test_co_taught_students_ignore_most_wrong_labels(lesson):
    taken = []

    def fit(rows):
        taken.append(rows)
        return lesson.fit(lesson.soft, rows=rows)

    pair = co_taught(fit, lesson.texts, lesson.label, lesson.human, share=0.75, rng=np.random.default_rng(0))
    assert (pair.predict_proba(lesson.texts).argmax(1) == lesson.gold).mean() > 0.9
    wrong = lesson.label != lesson.gold
    assert all(wrong[rows].mean() < wrong.mean() / 2 for rows in taken[-2:])


def cell(recipe, draw, set_="trec"):
    return Cell(set=set_, student="frozen", recipe=recipe, labels=50, draw=draw)


def test_the_report_pairs_gains_by_draw():
    found = {("soft", 0): 0.5, ("soft", 1): 0.7, ("hard", 0): 0.6, ("hard", 1): 0.8}
    scores = {cell(recipe, draw): {"accuracy": value} for (recipe, draw), value in found.items()}
    labelled = {
        Labelling(set="trec", labels=50, draw=draw): {"500 rows": 0.8, "whole pool": 0.9} for draw in (0, 1)
    }
    text = report(scores, labelled)
    assert "| hard | .700 ± .100 | +0.100 ± 0.000 |" in text
    assert "| labels right, whole pool | .900 ± .000 |  |" in text


def test_a_stopped_benchmark_goes_on_where_it_was(tmp_path):
    said = []
    job = Job(sets=["consumer_complaints"], out=tmp_path, say=said.append)
    options = {"labels": 50, "draws": 1, "recipes": ["soft", "gold"]}
    table = run(job, **options)
    assert len(said) == 3  # the labels, and two recipes
    files = sorted(each.name for each in (tmp_path / "cells").iterdir())
    (tmp_path / "cells" / files[-1]).unlink()
    assert run(job, **options) == table
    assert len(said) == 4
    kept = json.loads((tmp_path / "student-frozen.json").read_text("utf-8"))
    assert {each["recipe"] for each in kept if "recipe" in each} == {"soft", "gold"}


def test_labels_that_are_gone_are_made_again_where_a_recipe_needs_them(tmp_path):
    said = []
    job = Job(sets=["consumer_complaints"], out=tmp_path, say=said.append)
    options = {"labels": 50, "draws": 1, "recipes": ["soft"]}
    table = run(job, **options)
    (labels,) = (tmp_path / "labels").iterdir()
    made = labels.read_bytes()
    labels.unlink()
    assert run(job, **options) == table
    assert len(said) == 2
    assert not labels.exists()
    (tmp_path / "cells" / "consumer_complaints.frozen.soft.50.0.json").unlink()
    assert run(job, **options) == table
    assert len(said) == 4
    assert labels.read_bytes() == made


def test_an_unknown_recipe_is_named(tmp_path):
    with pytest.raises(DataError, match='Did you mean "soft"'):
        run(Job(sets=["policy_en"], out=tmp_path), labels=50, draws=1, recipes=["sofd"])


def test_labels_of_another_text_view_are_kept_apart(panel_folder, tmp_path):
    told = []
    job = Job(sets=["parcels"], data=panel_folder, out=tmp_path, say=told.append)
    options = {"labels": 100, "draws": 1, "recipes": ["soft"]}
    run(job, **options)
    run(job, **options, view="frozen")
    kept = sorted(path.name for path in (tmp_path / "labels").iterdir())
    assert kept == ["parcels.labels.100.0.npz", "parcels.labels.frozen.100.0.npz"]
    assert len(list((tmp_path / "cells").iterdir())) == 4
    plain, viewed = (np.load(tmp_path / "labels" / name)["posterior"] for name in kept)
    assert not np.allclose(plain, viewed)


def test_the_human_rows_may_be_chosen(panel_folder, tmp_path):
    job = Job(sets=["parcels"], data=panel_folder, out=tmp_path)
    options = {"labels": 40, "draws": 1, "recipes": ["soft"]}
    run(job, **options)
    run(job, **options, picked="batches")
    files = ["parcels.labels.40.0.npz", "parcels.labels.batches.40.0.npz"]
    assert sorted(path.name for path in (tmp_path / "labels").iterdir()) == files
    at_random, chosen = (np.load(tmp_path / "labels" / name)["y"] >= 0 for name in files)
    assert at_random.sum() == chosen.sum() == 40
    assert not np.array_equal(at_random, chosen)
    with pytest.raises(DataError, match='Did you mean "batches"'):
        run(job, **options, picked="batch")
