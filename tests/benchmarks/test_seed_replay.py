"""The replay asks for the rows that `mollia seed` asks for, and the person it asks is gold, or errs."""

import csv

import numpy as np
import pytest

from mollia.people.seed_rows import STRATEGIES, random_rows
from mollia.records import HumanLabels, Pool
from mollia.usecases.make_seed import SeedPlan, SeedSource, make_seed
from mollia_benchmarks import DATA
from mollia_benchmarks.datasets import load
from mollia_benchmarks.fusion import PoolVectors
from mollia_benchmarks.seed_replay import LESS, MARGIN, NOTHING, Replay, asked_at, pool_of, rows_at, rows_of

STOPS = [10, 25, 40]
GO_ON = ("doubt", "batches", "random", MARGIN, *LESS)  # k-means draws all rows in one shot


@pytest.fixture(scope="module")
def recorded():
    return load("consumer_complaints", DATA, most=200)


@pytest.fixture(scope="module")
def where(recorded):
    return Replay(pool=pool_of(recorded, 0, PoolVectors(recorded.texts)), said=recorded.gold)


@pytest.mark.parametrize("strategy", ["doubt", "batches"])
def test_its_rows_are_those_of_the_command_with_a_person_who_fills_in_the_file(
    recorded, where, strategy, tmp_path
):
    ids = recorded.answers.ids
    source = SeedSource(
        pool=Pool(ids=ids, texts=recorded.texts, gold=recorded.gold),
        classes=recorded.classes,
        has_text=True,
        answers=lambda: recorded.answers,
        labelled=HumanLabels.none(),
    )
    gold = dict(zip(ids, (recorded.classes[k] for k in recorded.gold), strict=True))
    out = tmp_path / "seed.csv"
    while True:
        made = make_seed(source, out, SeedPlan(strategy=strategy, n=40), random_state=0)
        with out.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        if not made.added:
            break
        with out.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows({**row, "label": gold[row["id"]]} for row in rows)
    assert [row["id"] for row in rows] == [ids[i] for i in rows_at(where, strategy, [40])[0]]


@pytest.mark.parametrize("strategy", [*STRATEGIES, MARGIN, *LESS])
def test_each_stop_has_its_number_of_rows_none_twice(where, strategy):
    for stop, rows in zip(STOPS, rows_at(where, strategy, STOPS), strict=True):
        assert len(set(rows.tolist())) == len(rows) == stop


@pytest.mark.parametrize("strategy", GO_ON)
def test_a_later_stop_goes_on_from_an_earlier_one(where, strategy):
    few, some, many = rows_at(where, strategy, STOPS)
    assert many[:25].tolist() == some.tolist()
    assert some[:10].tolist() == few.tolist()


def test_batches_begin_with_random_rows_and_end_with_chosen_ones(where):
    (at_10, at_25, _) = asked_at(where, "batches", STOPS)
    at_random = random_rows(where.pool, 15, NOTHING).rows.tolist()
    assert rows_of(at_10).tolist() == at_random[:10]
    assert [(len(each.rows), each.use, each.batch) for each in at_25] == [(15, "seed", 1), (10, "review", 1)]
    assert rows_of(at_25).tolist()[:15] == at_random


def test_every_batch_by_doubt_is_a_draw_of_its_own_with_chances(where):
    (found,) = asked_at(where, "doubt", [25])
    assert [(len(each.rows), each.use, each.batch) for each in found] == [
        (10, "seed", 1),
        (10, "seed", 2),
        (5, "seed", 3),
    ]
    chances = np.concatenate([each.chance for each in found])
    assert ((chances > 0) & (chances <= 1)).all()


def test_a_person_who_errs_is_asked_with_their_errors(recorded):
    said = (recorded.gold + 1) % len(recorded.classes)
    wrong = Replay(pool=pool_of(recorded, draw=0), said=said)
    y = wrong.labels(np.array([3, 5]))
    assert y[[3, 5]].tolist() == said[[3, 5]].tolist()
    assert (y >= 0).sum() == 2
