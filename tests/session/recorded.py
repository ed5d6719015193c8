"""A task whose panel is recorded in a file of its own, and few rows as very many."""

import csv

import numpy as np

from mollia.session import annotators


def large(monkeypatch):
    """Let 50 rows be very many."""
    monkeypatch.setattr(annotators, "MANY", 50)


def elsewhere(path, change):
    """Let a task's panel be recorded in a file of its own, whose rows `change` changes."""
    with (path.parent / "data.csv").open(encoding="utf-8", newline="") as file:
        rows = change(list(csv.DictReader(file)))
    with (path.parent / "panel.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    text = path.read_text("utf-8").replace('path = "data.csv"\n[[panel]]', 'path = "panel.csv"\n[[panel]]')
    head, panel, tail = text.partition("[[panel]]")
    text = head + panel + tail.replace('path = "data.csv"', 'path = "panel.csv"')
    path.write_text(text.replace('id = "id"\n', ""), "utf-8")


def shuffled(rows):
    """Lose some rows, add one, say something odd, and turn the order."""
    some = [row for i, row in enumerate(rows) if i % 7]
    some[3]["good"], some[4]["good"], some[5]["fair"] = "", "shipping", "refund or delivery"
    some = [some[at] for at in np.random.default_rng(1).permutation(len(some))]
    return [*some, some[0] | {"id": "r999"}]
