"""The seed's own figure, replayed: small runs, and the page that the command writes."""

from pathlib import Path

import pytest

from mollia.errors import DataError
from mollia_benchmarks.job import Job
from mollia_benchmarks.seed_figure import drawn, measure, run, setting
from mollia_benchmarks.seed_figure_tables import BEGIN, END, PAGE, Repeat, read_scores, tables

DATA = Path(__file__).parents[2] / "benchmarks" / "data"
DOCS = Path(__file__).parents[2] / "docs"
SMALL = {"set": "sdg_benchmark", "labels": 30, "rows": 120, "draw": 1}


def test_random_and_doubtful_rows_are_judged_by_the_figure_that_a_run_prints():
    found = {
        strategy: measure(Repeat(**SMALL, strategy=strategy, slips=0), data=DATA)
        for strategy in ("random", "doubt")
    }
    for scores in found.values():
        assert 0 < scores["printed: width"] < 0.6
        assert scores["open"] > 0.5
        assert scores["printed: covers"] in {0, 1}
    assert "unweighted: off" in found["doubt"]
    assert "unweighted: off" not in found["random"]


def test_a_person_who_errs_gives_another_class_now_and_then():
    where = setting(Repeat(**SMALL, strategy="random", slips=20), DATA)
    wrong = (where.seed.said != where.recorded.gold).mean()
    assert 0.1 < wrong < 0.3


def test_labels_know_the_draw_they_came_in():
    where = setting(Repeat(**SMALL, strategy="doubt", slips=0), DATA)
    labels = drawn(where, "doubt", 25)["seed"]
    assert labels.batch.tolist() == [1] * 10 + [2] * 10 + [3] * 5
    chosen = drawn(where, "batches", 25)
    assert len(chosen["seed"]) == 10
    assert chosen["review"].batch.tolist() == [1] * 15


def test_tables_are_written_to_the_page_and_nothing_is_measured_twice(tmp_path):
    said = []
    job = Job(sets=["sdg_benchmark"], out=tmp_path / "out", data=DATA, say=said.append)
    options = {"strategies": ["doubt", "random"], "labels": [30], "rows": 120, "slips": 0, "draws": 1}
    (tmp_path / PAGE).write_text("# Page\n", "utf-8")
    with pytest.raises(DataError, match="no place"):
        run(job, **options, docs=tmp_path)
    (tmp_path / PAGE).write_text(f"# Page\n{BEGIN}\nold\n{END}\nrest\n", "utf-8")
    text = run(job, **options, docs=tmp_path)
    assert len(said) == 2
    page = (tmp_path / PAGE).read_text("utf-8")
    assert "old" not in page
    assert page.endswith("rest\n")
    assert "| doubt, 30 labels of 120 rows | 1 |" in text
    assert tables(read_scores(tmp_path)) in page


def test_the_page_shows_what_was_measured():
    assert tables(read_scores(DOCS)) in (DOCS / PAGE).read_text("utf-8")


def test_the_default_draw_holds_its_figure_and_is_not_much_wider_than_random_rows():
    """The promise of docs/fusion.md, on the measured repeats: 50 labels of pools of 700 rows, six panels."""
    line = next(
        line
        for line in tables(read_scores(DOCS)).splitlines()
        if line.startswith("| doubt, 50 labels of 700 rows |")
    )
    _, _, repeats, covers, _, _, wider, *_ = (cell.strip() for cell in line.split("|"))
    assert int(repeats) >= 200
    assert float(covers) >= 0.93
    assert float(wider) <= 1.2
