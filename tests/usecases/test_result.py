"""What a notebook asks of a result: a short text, a glance in HTML, a report, figures, files."""

import copy
import pickle

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from tests.conftest import CLASSES, written

import mollia
from mollia.errors import DataError, NotEnoughLabels
from mollia.records import HumanLabels

mpl.use("agg")


@pytest.fixture(scope="module")
def frame(tmp_path_factory):
    folder = tmp_path_factory.mktemp("frame")
    written(folder, n=300)
    read = pd.read_csv(folder / "data.csv", keep_default_na=False).drop(columns=["silent"])
    return read.assign(coded=read.pop("gold").where(read.index < 40, None))


@pytest.fixture(scope="module")
def result(frame):
    return mollia.fuse(frame, labels=CLASSES, human="coded")


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_every_repr_is_short(result):
    assert len(repr(result)) < 200
    assert "300 of 300 rows labelled in 3 classes" in repr(result)
    assert result.estimate.interval in repr(result)
    for value in (result.run, result.panel, result.fused, result.pool, result.judging):
        assert len(repr(value)) < 3000, type(value)
    assert "z=float64 (300, 3, 3)" in repr(result.panel)


def test_at_a_glance_it_shows_the_figure_its_interval_and_the_next_step(result):
    html = result._repr_html_()
    assert f"{result.estimate.value:.1%}" in html
    assert result.estimate.interval in html
    assert "<b>Next:</b>" in html


def test_text_of_the_data_is_escaped():
    said = ["<script>alert(1)</script>", "b & c"] * 6
    found = mollia.fuse(pd.DataFrame({"x": said, "y": said}), labels=["<script>alert(1)</script>", "b & c"])
    html = found._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "no human labels" in html


def test_the_report_is_one_file(result, tmp_path):
    path = result.report(tmp_path / "report.html")
    assert path.read_text("utf-8").startswith("<!doctype html>")
    assert result.report(str(tmp_path / "again.html")).exists()


def test_write_leaves_what_a_run_leaves(result, tmp_path):
    folder = result.write(tmp_path / "out", target=0.9)
    assert sorted(path.name for path in folder.iterdir()) == ["labels.csv", "report.html", "summary.json"]
    assert "accept" in (folder / "labels.csv").read_text("utf-8").splitlines()[0]


def test_figures_come_as_axes_that_can_be_changed(result):
    calibration = result.plot_calibration()
    assert calibration.get_xlabel() == "stated confidence"
    confusion = result.plot_confusion()
    assert [label.get_text() for label in confusion.get_yticklabels()] == CLASSES
    figure, mine = plt.subplots()
    assert result.plot_confusion(mine, normalise=False) is mine
    figure.canvas.draw()


def test_the_learning_curve_of_fused_answers_is_over_human_labels(result):
    ax = result.plot_learning_curve()
    assert ax.get_xlabel() == "human labels learned from"
    learned = ax.containers[0].lines[0].get_xdata()
    assert learned[0] == 5
    assert learned[-1] == 30  # a quarter of the 40 is held out
    shares = ax.containers[0].lines[0].get_ydata()
    assert np.all((shares >= 0) & (shares <= 1))
    assert shares[-1] >= shares[0] - 0.2


def test_a_class_with_a_dollar_is_drawn_as_it_is():
    said = ["$x", "100$ $"] * 20
    found = mollia.fuse(
        pd.DataFrame({"x": said, "y": said}), human=said[:30] + [None] * 10, labels=["$x", "100$ $"]
    )
    ax = found.plot_confusion()
    ax.figure.canvas.draw()
    assert ax.get_yticklabels()[0].get_text() == r"\$x"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda result: result.report(3), "path is an int"),
        (lambda result: result.write(None), "folder is a NoneType"),
        (lambda result: result.plot_confusion(ax=3), "ax is an int"),
        (lambda _: mollia.estimate_accuracy(["a"], [1], trained=[False]), "label is a list of <U1"),
        (lambda _: mollia.estimate_accuracy([1], 3, trained=[False]), "y is an int"),
    ],
)
def test_the_wrong_kind_is_told_in_our_words(call, said, result):
    with pytest.raises(DataError, match=said):
        call(result)


def test_without_rows_that_judge_there_is_no_figure(frame):
    bare = mollia.fuse(frame.drop(columns=["coded"]), labels=CLASSES)
    for draw in (bare.plot_calibration, bare.plot_confusion, bare.plot_learning_curve):
        with pytest.raises(NotEnoughLabels, match="Label"):
            draw()


def test_a_result_can_be_copied_pickled_and_asked_for_what_it_lacks(result):
    assert pickle.loads(pickle.dumps(result)).labels == result.labels  # noqa: S301  # our own
    assert copy.copy(result).estimate == result.estimate
    assert len(result) == 300
    assert {"estimate", "to_frame", "fused"} <= set(dir(result))
    with pytest.raises(AttributeError, match="no_such"):
        result.no_such  # noqa: B018  # the look-up is the test


def test_labels_that_trained_nothing_judge(frame):
    audit = HumanLabels.of({f"r{i}": i % 3 for i in range(40, 90)}, use="audit")
    found = mollia.fuse(frame.drop(columns=["coded"]), labels=CLASSES, human=audit)
    assert not len(found.seed)
    assert found.estimate.n_human == 50
