"""Recorded answers of a large pool stay in their file: the same outcome as through the ledger, which says where they lie."""

import json

import pytest
from tests.session.recorded import elsewhere, large, shuffled

import mollia
from mollia.cli.ledger import lines_of
from mollia.ledger.sqlite_store import open_store
from mollia.loop.outputs import write_outputs
from mollia.progress import quiet
from mollia.session.open_task import open_task
from mollia.session.parts import open_parts
from mollia.session.recorded_columns import RECORDED, answers_by_llm
from mollia.task.load import load_task
from mollia.testing import check_annotator


def outcome(path, folder):
    """Return labels.csv, and summary.json but for the clock."""
    result = mollia.run(path)
    write_outputs(result, folder)
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    return (folder / "labels.csv").read_bytes(), {k: v for k, v in summary.items() if k != "seconds"}


@pytest.mark.parametrize("extra", ["", 'ask = "batches"\n'])
@pytest.mark.parametrize("change", [list, shuffled])
def test_labels_and_summary_are_those_of_a_run_through_the_ledger(
    write_task, tmp_path, monkeypatch, extra, change
):
    path = write_task(extra=extra)
    elsewhere(path, change)
    through = outcome(path, tmp_path / "out")
    (tmp_path / "out" / "ledger.sqlite").rename(tmp_path / "ledger-before.sqlite")
    large(monkeypatch)
    assert outcome(path, tmp_path / "out") == through
    assert outcome(path, tmp_path / "out") == through, "the run goes on"


def test_the_ledger_says_where_the_answers_lie_instead_of_holding_them(write_task, tmp_path, monkeypatch):
    large(monkeypatch)
    mollia.run(write_task())
    with open_store(tmp_path / "out" / "ledger.sqlite", read_only=True) as store:
        assert not store.spent()
        entry = store.manifest()[f"{RECORDED}good"]
        assert (entry["file"], entry["rows"]) == ("../data.csv", 120)
        assert {each.llm: each.answers for each in answers_by_llm(store)} == dict.fromkeys(
            ("good", "fair", "poor"), 120
        )
        assert "  good: 120 answers, recorded in ../data.csv and not copied" in lines_of(store)


def test_rounds_go_on_with_the_same_answers_and_start_over_with_others(write_task, tmp_path, monkeypatch):
    large(monkeypatch)
    path = write_task()
    mollia.run(path)
    with open_parts(load_task(path), ask=False, progress=quiet) as parts:
        assert len(parts.stored_rounds()) == 3
    data = tmp_path / "data.csv"
    text = data.read_text("utf-8")
    first = text.splitlines()[1]
    data.write_text(text.replace(first, first.replace("Refund", "NA").replace("NA", "Refund", 1)), "utf-8")
    with open_parts(load_task(path), ask=False, progress=quiet) as parts:
        assert not parts.stored_rounds()


def test_a_cascade_asks_through_the_ledger(write_task, monkeypatch):
    large(monkeypatch)
    with open_task(load_task(write_task(extra="cascade = true\n"))) as opened:
        assert not opened.panel.recorded


def test_a_llm_whose_answers_stay_in_their_file_is_an_annotator(write_task, monkeypatch):
    large(monkeypatch)
    with open_task(load_task(write_task())) as opened:
        check_annotator(lambda: opened.panel.recorded[0])
