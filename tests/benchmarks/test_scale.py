"""Resampled panels and what is measured on them, at sizes that take seconds."""

import json

import numpy as np
import pytest

from mollia.session.panel_file import read_panel
from mollia_benchmarks import scale, scale_file, scale_panel, scale_sample


@pytest.fixture(scope="module")
def six():
    return scale_panel.six_classes()


def test_rows_drawn_are_no_copies_and_about_as_often_right_as_the_source(six):
    (some,) = scale_panel.draw(six, 3000, seed=1)
    assert len(set(some.texts)) > 0.99 * len(some.texts)
    assert np.allclose(some.z.sum(2), 1, atol=1e-5)
    source = (six.said.argmax(2) == six.gold[:, None]).mean(0)
    drawn = (some.votes.argmax(2) == some.gold[:, None]).mean(0)
    assert np.abs(source - drawn).max() < 0.1
    (again,) = scale_panel.draw(six, 3000, seed=1)
    assert again.texts == some.texts
    assert (again.z == some.z).all()


def test_parquet_and_csv_hold_the_same_panel(six, tmp_path):
    panels = []
    for ending in ("parquet", "csv"):
        seed = scale_file.write_panel(six, 300, tmp_path / f"panel.{ending}")
        assert len(seed.read_text("utf-8").splitlines()) == 1 + scale_file.SEED_ROWS
        panels.append(read_panel(str(tmp_path / f"panel.{ending}"), six.classes, gold="gold"))
    one, other = panels
    assert one.answers.llms == six.llms == other.answers.llms
    assert (one.answers.z == other.answers.z).all()
    assert (one.answers.c == other.answers.c).all()
    assert one.texts == other.texts
    assert (one.gold == other.gold).all()


def test_the_command_is_measured_in_a_process_of_its_own(six, tmp_path):
    said = []
    text = scale.run([six], [300], ["parquet"], tmp_path, say=said.append)
    (cell,) = json.loads((tmp_path / scale.FOUND).read_text("utf-8"))
    assert cell["rows"] == 300
    assert cell["memory"] > 100
    assert cell["accuracy"] > 0.6
    assert "| 300 |" in text
    assert (tmp_path / "scale.svg").read_text("utf-8").startswith("<svg")
    scale.run([six], [300], ["parquet"], tmp_path, say=said.append)
    assert len(said) == 1  # what was measured is not measured again


def test_the_exponent_is_the_slope_of_the_logarithms():
    cells = [
        scale.Cell(panel="p", ending="csv", rows=n, wall=1, cpu=2e-3 * n**1.5, memory=1, accuracy=1)
        for n in (10, 30_000, 90_000, 400_000)
    ]
    assert scale.exponent(cells) == pytest.approx(1.5)
    assert np.isnan(scale.exponent(cells[:2]))


def test_sample_sizes_are_compared_with_a_fit_of_all_rows(six):
    text = scale_sample.run([six], 1500, [500], draws=1, say=lambda _: None)
    assert "| 500 |" in text
    assert "all 1,500" in text
