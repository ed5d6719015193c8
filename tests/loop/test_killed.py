"""A run that is killed again and again ends as one that nobody stopped."""

import json
import sys

import pytest
from tests.conftest import written
from tests.killed_at import killed_at

from mollia.data.read import read_table
from mollia.errors import DataError
from mollia.ledger.sqlite_store import open_store
from mollia.student.load import load_student

RUN = """
from pathlib import Path

from mollia.cli.run import run_and_write
from mollia.loop.run import run
from mollia.report.report import write_report
from mollia.student.frozen import FrozenStudent

def work(folder):
    sys.stdout = open(os.devnull, "w")
    run_and_write(Path(folder) / "task.toml", ask=True)
"""
KILLS = 10
ROWS = 60


def results(out):
    """What must not depend on being killed, as bytes."""
    files = [out / "labels.csv", *(path for path in (out / "student").rglob("*") if path.is_file())]
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(files)}


def is_whole_or_missing(out):
    """Look at each output as it lies."""
    if (out / "labels.csv").exists():
        assert len(read_table(out / "labels.csv")) == ROWS
    if (out / "summary.json").exists():
        assert json.loads((out / "summary.json").read_text("utf-8"))["rows"] == ROWS
    if (out / "report.html").exists():
        assert (out / "report.html").read_text("utf-8").rstrip().endswith("</html>")
    try:
        load_student(out / "student")
    except DataError:
        assert not (out / "student" / "manifest.json").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="kills")
def test_a_run_killed_wherever_it_touches_the_disk_ends_as_one_that_was_not(tmp_path):
    straight, often = tmp_path / "straight", tmp_path / "often"
    for folder in (straight, often):
        folder.mkdir()
        written(folder, n=ROWS, seed_rows=24)
    with killed_at(RUN, straight) as killed:
        assert not killed(0)
    steps = int(straight.with_name("straight.steps").read_text("utf-8"))
    assert steps > 10 * KILLS, "there are many steps to be killed at"
    with killed_at(RUN, often) as killed:
        for kill in range(1, KILLS + 1):
            killed(kill * steps // (KILLS + 1))  # where it went on from a kill there are fewer steps
            is_whole_or_missing(often / "out")
        assert not killed(0)
    assert results(often / "out") == results(straight / "out")
    assert not list(often.rglob(".mollia-*")), "the last run has removed what the killed ones left"
    tables = []
    for folder in (straight, often):
        with open_store(folder / "out" / "ledger.sqlite", read_only=True) as store:
            tables.append(sorted((each.key, each.llm, each.text_id) for each in store.all_answers()))
    assert tables[0] == tables[1]
