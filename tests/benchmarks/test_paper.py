import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from mollia.errors import DataError, MolliaError
from mollia_benchmarks import DATA, paper_labels
from mollia_benchmarks.cli import app
from mollia_benchmarks.exam import exam
from mollia_benchmarks.job import Job
from mollia_benchmarks.paper import Grid, read, run, show
from mollia_benchmarks.paper_labels import ANNOTATORS, MAIN, Labelling, label, labels, seed_of
from mollia_benchmarks.paper_run import Race, race
from mollia_benchmarks.paper_tables import learning_curves, report

SET = "consumer_complaints"
SMALL = {"annotators": ["oracle", "vote"], "seeds": 1, "rounds": 2, "most": 300}
SCRIPT = f"""
import sys
from pathlib import Path
from mollia_benchmarks.job import Job
from mollia_benchmarks.exam import exam
from mollia_benchmarks.job import Job
from mollia_benchmarks.paper import Grid, run
run(Job(sets=["{SET}"], out=Path(sys.argv[1])), Grid(**{SMALL}))
"""


def small(**changes):
    return Grid(**(SMALL | changes))


def labelled(cell, data, *, soft):
    (kept,) = label(cell, data=data).files.values()
    return labels(cell, kept, data=data, soft=soft)


def raced(cell):
    (kept,) = label(cell.labelling, data=DATA).files.values()
    return race(cell, kept, data=DATA)


def cells(folder):
    return {path.name: path.stat().st_mtime_ns for path in (folder / "cells").glob("*.json")}


def test_a_killed_benchmark_goes_on_and_ends_as_one_that_was_not(tmp_path):
    stopped, whole = tmp_path / "stopped", tmp_path / "whole"
    words = [sys.executable, "-c", SCRIPT, str(stopped)]
    with subprocess.Popen(words, env=os.environ, stdout=subprocess.DEVNULL) as process:
        while len(cells(stopped)) < 4 and process.poll() is None:  # two labellings, then the runs
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    before = cells(stopped)
    assert 4 <= len(before) < 12
    said = []
    run(Job(sets=[SET], out=stopped, say=said.append), small())
    assert len(said) == 12 - len(before)
    after = cells(stopped)
    assert len(after) == 12
    assert before.items() <= after.items()
    run(Job(sets=[SET], out=whole, say=said.append), small(strategies=["random", "bemps"]))
    scores = [
        {cell: {key: values[key] for key in values if key != "seconds"} for cell, values in runs.items()}
        for runs in (read(folder / "paper.json")[0] for folder in (stopped, whole))
    ]
    assert scores[1].items() <= scores[0].items()
    assert len(scores[1]) == 4


def test_the_command_writes_tables_figures_and_plots(tmp_path):
    result = CliRunner().invoke(
        app,
        ["paper", "--quick", "--sets", "political_inconsistency", "--workers", "1", "--out", str(tmp_path)],
    )
    assert result.exit_code == 0, result.output
    assert (
        "| political_inconsistency, frozen, round 3 | random | entropy | labels of the pool |"
        in result.output
    )
    assert (tmp_path / "paper.md").read_text("utf-8") in result.output
    kept = json.loads((tmp_path / "paper.json").read_text("utf-8"))
    assert len(kept["runs"]) == 6
    assert all(0.2 < each["scores"]["3"] < 1 for each in kept["runs"])
    assert (tmp_path / "paper-political_inconsistency-frozen.svg").read_text("utf-8").count("<polyline") == 6


@pytest.mark.parametrize(
    ("annotator", "most"), [("best_llm", 300), ("molam", 80), ("molam_repaired", 80), ("ours", 200)]
)
def test_gold_outside_the_seed_changes_no_label(annotator, most, panel_folder, monkeypatch):
    cell = Labelling(set="parcels", annotator=annotator, seed=1, most=most)
    made = labelled(cell, panel_folder, soft=True)
    taken = exam("parcels", panel_folder, most=most)
    lied = np.where(seed_of(taken, 1).known, taken.gold, (taken.gold + 1) % 3)
    monkeypatch.setattr(paper_labels, "exam", lambda *_, **__: replace(taken, gold=lied))
    again = labelled(cell, panel_folder, soft=True)
    assert np.array_equal(made.fused.posterior, again.fused.posterior)
    assert np.array_equal(made.fused.negative, again.fused.negative)
    assert np.array_equal(made.usable, again.usable)


def test_an_llm_that_gave_nothing_labels_nothing(panel_folder, tmp_path):
    only = ["good_8b"]
    table = pq.read_table(panel_folder / "parcels_pool.parquet").to_pydict()
    table["good_8b_votes"][:100] = table["good_8b_probs"][:100] = [None] * 100
    shutil.copy(panel_folder / "parcels_test.parquet", tmp_path)
    pq.write_table(pa.table(table), tmp_path / "parcels_pool.parquet")
    about = json.loads((panel_folder / "labels.json").read_text())["parcels"]
    (tmp_path / "labels.json").write_text(json.dumps({"parcels": about | {"llms": only}}))
    taken = exam("parcels", tmp_path)
    cell = Labelling(set="parcels", annotator="best_llm", seed=0)
    made = labelled(cell, tmp_path, soft=False)
    answered = ~np.isin([int(id_) for id_ in taken.answers.ids], np.arange(100))
    np.testing.assert_array_equal(made.usable, answered | made.fused.human)
    human = made.fused.human
    assert made.usable[human].all()
    assert human.sum() == 50
    hard = made.fused.posterior[made.usable]
    assert set(hard.max(1).tolist()) == {1.0}
    assert 0.6 < (hard.argmax(1) == taken.gold[made.usable]).mean() < 0.9


@pytest.mark.parametrize("annotator", ["best_llm", "mean", "vote", "molam_repaired"])
def test_soft_labels_are_the_posterior_that_the_hard_ones_are_the_argmax_of(annotator, panel_folder):
    races = [
        Race(set="parcels", student="frozen", strategy="random", annotator=name, seed=0, most=200)
        for name in (annotator, f"{annotator}_soft")
    ]
    assert races[0].labelling == races[1].labelling
    hard, soft = (
        labelled(races[0].labelling, panel_folder, soft=ANNOTATORS[cell.annotator].soft) for cell in races
    )
    human = soft.fused.human
    assert (soft.fused.posterior.max(1)[~human] < 1).mean() > 0.5
    np.testing.assert_allclose(soft.fused.posterior.sum(1), 1)
    for made in (hard, soft):
        assert set(made.fused.posterior[human].max(1)) == {1.0}
    assert set(hard.fused.posterior.max(1)) == {1.0}
    np.testing.assert_array_equal(hard.fused.label, soft.fused.label)
    np.testing.assert_array_equal(hard.fused.negative, soft.fused.negative)


def test_soft_labels_teach_another_student_than_hard_ones():
    def taught_by(annotator):
        cell = Race(
            set=SET, student="frozen", strategy="random", annotator=annotator, seed=0, rounds=2, most=400
        )
        return raced(cell)

    hard, soft = taught_by("vote"), taught_by("vote_soft")
    assert hard["0"] == soft["0"]  # the 50 alone
    assert hard["labels"] == soft["labels"]
    assert (hard["1"], hard["2"]) != (soft["1"], soft["2"])


def test_the_command_compares_what_the_benchmark_does_by_itself():
    (parameter,) = (each for each in get_command(app).commands["paper"].params if each.name == "annotators")
    assert tuple(parameter.default.split(",")) == MAIN == Grid().annotators


def test_the_oracle_needs_no_discrepancy_and_gets_only_gold():
    cell = Race(set=SET, student="frozen", strategy="margin", annotator="oracle", seed=0, rounds=1, most=200)
    scores = raced(cell)
    assert scores["labels"] == 1
    assert set(scores) == {"0", "1", "labels", "seconds"}


def test_the_frozen_student_may_query_for_a_fine_tuned_one(panel_folder, tmp_path, minilm_weights):
    changes = {
        "students": ["frozen+finetune"],
        "strategies": ["random"],
        "annotators": ["oracle"],
        "rounds": 1,
    }
    grid = small(**changes, batch=30, most=150)
    said = []
    job = Job(sets=["parcels"], data=panel_folder, out=tmp_path, say=said.append)
    text = run(job, grid, weights=str(minilm_weights))
    (found,) = read(tmp_path / "paper.json")[0].values()
    assert set(found) == {"1", "labels", "seconds"}
    assert found["1"] > 0.7
    with pytest.raises(MolliaError):  # it is taught from the weights that are named
        run(replace(job, out=tmp_path / "other"), grid, weights=str(tmp_path / "nothing"))
    assert "parcels, frozen+finetune, round 1" in text
    assert "all strategies" not in text
    assert not list(tmp_path.glob("*.svg"))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"annotators": ["votes"]}, 'mean "vote"'),
        ({"strategies": ["core_set"]}, 'mean "coreset"'),
        ({"students": ["frosen"]}, 'mean "frozen"'),
    ],
)
def test_unknown_names_are_said(wrong, message):
    with pytest.raises(DataError, match=message):
        small(**wrong)


def made_up():
    found = {}
    for seed, gain in enumerate((0.02, 0.04)):
        for strategy, level in (("coreset", 0.7), ("random", 0.8)):
            for annotator, more in (("oracle", 0.05), ("molam", 0.0), ("ours", gain)):
                cell = Race(set="trec", student="frozen", strategy=strategy, annotator=annotator, seed=seed)
                found[cell] = {str(number): level + more for number in range(11)}
    return found


def test_what_is_measured_so_far_is_shown_by_whole_seeds(tmp_path):
    (tmp_path / "cells").mkdir()
    for cell, scores in made_up().items():
        if (cell.seed, cell.strategy, cell.annotator) != (1, "random", "molam"):  # where it was stopped
            (tmp_path / "cells" / cell.file).write_text(json.dumps({**asdict(cell), "scores": scores}))
    text = show(tmp_path)
    assert "| MoLAM as published | +0.020 | 1 |" in text
    assert [line.split("|")[1].strip() for line in text.splitlines()[2:5]] == [
        "ORACLE (gold)",
        "MoLAM as published",
        "mollia",
    ]
    assert set(read(tmp_path / "paper.json")[0]) == {cell for cell in made_up() if cell.seed == 0}
    with pytest.raises(DataError, match="no whole seed"):
        show(tmp_path / "nothing")


def test_gains_are_paired_by_seed_and_the_papers_figures_stand_beside():
    text = report(made_up(), {Labelling(set="trec", annotator="ours", seed=0): {"accuracy": 0.79}})
    assert "| MoLAM as published | +0.030 ± 0.010 | 2 |" in text
    assert "| mollia | .730 ± .010 | .830 ± .010 | .790 |" in text
    assert "| paper: MoLLIA | .895 | .905 |  |" in text
    assert "| paper: best other LLM annotator | .830 |  |  |" in text


def test_the_papers_figures_are_circles_in_the_plot():
    picture = learning_curves(made_up())["trec-frozen"]
    assert picture.count("<circle") == 4
    assert picture.count("<polyline") == 6
