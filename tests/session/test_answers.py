"""Answers of the ledger and answers of files make one panel."""

import numpy as np
from tests.session.recorded import elsewhere, large, shuffled

from mollia.annotate.ask_panel import ask_panel
from mollia.session.answers import panel_answers
from mollia.session.open_task import open_task
from mollia.task.load import load_task

FIELDS = ("unparsed", "problems", "thin", "failed", "unnamed")


def test_answers_from_files_and_from_the_ledger_stand_side_by_side(write_task, monkeypatch):
    path = write_task()
    elsewhere(path, shuffled)
    task = load_task(path)
    with open_task(task) as opened:
        panel = opened.panel
        ask_panel(panel.questions, panel.annotators, opened.store)
        expected, keys = opened.answers(), panel.keys
    large(monkeypatch)
    with open_task(task) as opened:
        recorded = [each for each in opened.panel.recorded if each.name != "fair"]
        for rows in (None, np.array([5, 0, 119, 14])):
            found = panel_answers(
                opened.store,
                {"fair": keys["fair"]},
                recorded,
                opened.pool.ids,
                task.labels,
                rows=rows,
                llms=opened.panel.llms,
            )
            at = slice(None) if rows is None else rows
            for name in ("z", "c", "asked"):
                assert np.array_equal(getattr(found.answers, name), getattr(expected.answers, name)[at]), name
            assert found.answers.llms == expected.answers.llms
            assert np.array_equal(found.names_none, expected.names_none[at])
            if rows is None:
                for name in FIELDS:
                    assert getattr(found, name) == getattr(expected, name), name
