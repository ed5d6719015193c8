"""One outcome for a run, a file and the page: the same evidence gives the same labels, figure and count."""

import csv

import numpy as np
import pytest

from mollia.loop.outputs import summary_of
from mollia.loop.run import run
from mollia.session.panel_file import PanelFile
from mollia.task.load import load_task
from mollia.usecases.fuse_file import fuse_file
from mollia.web.opening import open_desk

CLASSES = ["Refund", "Delivery", "NA"]


@pytest.fixture
def twice(write_task):
    """A task whose seed file holds twelve rows, six of them labelled once more in a review."""
    task = write_task(extra='ask = "pool"\n')
    seed = task.parent / "seed.csv"
    lines = [f"r{i},{CLASSES[i % 3]},seed" for i in range(12)]
    lines += [f"r{i},{CLASSES[i % 3]},review" for i in range(6)]
    seed.write_text("\n".join(["id,label,use", *lines]) + "\n", "utf-8")
    return task


def fused_file(task):
    return fuse_file(
        PanelFile(path=task.parent / "data.csv", classes=CLASSES, llms=("good", "fair", "poor"), gold="gold"),
        seed_labels=task.parent / "seed.csv",
        out=task.parent / "fused.csv",
    )


def test_a_row_labelled_under_two_uses_is_one_human_label(twice):
    assert summary_of(run(load_task(twice)))["human_labels"] == 12
    assert len(fused_file(twice).result.seed) == 12


def test_the_later_word_stands_where_two_uses_differ(twice):
    seed = twice.parent / "seed.csv"
    seed.write_text(seed.read_text("utf-8").replace("r0,Refund,review", "r0,Delivery,review"), "utf-8")
    assert run(load_task(twice)).fused.label[0] == 1
    fused_file(twice)
    with (twice.parent / "fused.csv").open(encoding="utf-8") as file:
        assert next(csv.DictReader(file))["label"] == "Delivery"


def test_run_fuse_and_serve_find_the_same(twice):
    ran, filed = run(load_task(twice)), fused_file(twice).result
    with open_desk(load_task(twice)) as (_, fitter):
        fitter.start()
        assert fitter.wait(60)
        served = fitter.standing
    for other in (filed.fused.posterior, served.posterior):
        np.testing.assert_array_equal(other, ran.fused.posterior)
    assert filed.source == ran.source
    assert ran.estimate is not None
    assert filed.estimate == served.estimate == ran.estimate
    np.testing.assert_array_equal(served.checked, ran.cross_fitted)
    assert len(filed.seed) == served.n_human == 12
    assert set(filed.warnings) <= set(ran.warnings)
