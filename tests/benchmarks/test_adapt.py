import json
import shutil

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from mollia.errors import DataError
from mollia_benchmarks.adapt import LEAST_ROWS, SHIFTED, pair_of
from mollia_benchmarks.cli import app


def test_each_of_two_sets_is_carried_to_the_other_and_an_interrupted_run_goes_on(family, tmp_path):
    out = tmp_path / "out"
    options = ["--data", str(family), "--draws", "1", "--rows", "200", "--out", str(out), "--processes", "1"]
    done = CliRunner().invoke(app, ["adapt", *options])
    assert done.exit_code == 0, done.output
    table = (out / "table.md").read_text()
    assert "| parcels_a -> parcels_b |" in table
    assert "| parcels_b -> parcels_a |" in table
    assert "| carried 20 |" in table
    scores = json.loads((out / "scores.json").read_text())
    assert any("afresh 50 accuracy" in each for each in scores.values())
    cells = sorted((out / "cells").iterdir())
    before = {cell.name: cell.stat().st_mtime_ns for cell in cells}
    cells[0].unlink()
    again = CliRunner().invoke(app, ["adapt", *options])
    assert again.exit_code == 0, again.output
    after = {cell.name: cell.stat().st_mtime_ns for cell in (out / "cells").iterdir()}
    assert sum(before[name] != after[name] for name in before) == 1


def test_the_made_shift_takes_rows_of_the_commoner_classes(panel_folder):
    pair = pair_of(f"parcels--{SHIFTED}", panel_folder, 300)
    old, new = ((each.gold == 0).mean() for each in (pair.old, pair.new))
    assert not set(pair.old.answers.ids) & set(pair.new.answers.ids)
    assert new != pytest.approx(old, abs=0.05)


def test_a_set_without_a_sibling_that_is_too_small_to_be_cut_in_two_is_refused(panel_folder, tmp_path):
    folder = tmp_path / "small"
    shutil.copytree(panel_folder, folder)
    pool = folder / "parcels_pool.parquet"
    pq.write_table(pq.read_table(pool).slice(0, 2 * LEAST_ROWS - 1), pool)
    done = CliRunner().invoke(app, ["adapt", "--data", str(folder), "--out", str(tmp_path / "out")])
    assert isinstance(done.exception, DataError)
    assert "No two of the sets share their LLMs and classes" in str(done.exception)
