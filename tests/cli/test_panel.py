import json
import re
import sys

import numpy as np
import pytest

from mollia.cli.main import main

LLMS = {"good": 0.95, "fair": 0.9, "dull": 0.5}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A file of answers of three LLMs to 120 texts, 30 human labels, and a task with the same LLMs."""
    rng = np.random.default_rng(0)
    rows, seed = ["id,text,good,fair,dull"], ["id,label"]
    for i in range(120):
        gold = "ab"[i % 2]
        said = [gold if rng.random() < right else "ab"[1 - i % 2] for right in LLMS.values()]
        rows.append(f"{i},words of {gold * 3} {i},{','.join(said)}")
        if i < 30:
            seed.append(f"{i},{gold}")
    (tmp_path / "answers.csv").write_text("\n".join(rows))
    (tmp_path / "seed.csv").write_text("\n".join(seed))
    lines = [
        'name = "t"',
        'instruction = "Which?"',
        '[data]\npath = "answers.csv"',
        '[seed]\npath = "seed.csv"',
    ]
    lines += [f'[[classes]]\nname = "{name}"' for name in "ab"]
    lines += [f'[[panel]]\nname = "{llm}"\nkind = "recorded"\npath = "answers.csv"' for llm in LLMS]
    (tmp_path / "task.toml").write_text("\n".join(lines))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def panel(monkeypatch, capsys):
    """Run `mollia panel` in this process; return exit code, stdout and stderr."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["mollia", "panel", "-q", *words])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        return code, *capsys.readouterr()

    return run


FILE = ("answers.csv", "--labels", "a,b", "--seed-labels", "seed.csv")


def test_front_ticket_and_worth_are_printed_and_written(folder, panel):
    code, said, _ = panel(*FILE, "--out", "panel.json", "--loss", ".1")
    assert code == 0
    assert "The whole panel: 3 LLMs, 3 calls per text" in said
    assert "Winning ticket:" in said
    written = json.loads((folder / "panel.json").read_text())
    assert (written["rows"], written["human_labels"], written["unit"]) == (120, 30, "calls")
    assert written["ticket"]["share"] <= 0.67
    assert [each["llm"] for each in written["worth"]][-1] == "dull"
    assert written["front"][-1]["loss"] == 0
    assert 0.5 < written["whole"]["cross_fitted"]["value"] <= 1


@pytest.fixture
def equals(folder):
    """The same folder with five LLMs that are right in 70 % of the rows, each in others."""
    rng = np.random.default_rng(1)
    rows = ["id,text,a1,b1,c1,d1,e1"]
    for i in range(120):
        said = [("ab"[i % 2] if rng.random() < 0.7 else "ab"[1 - i % 2]) for _ in range(5)]
        rows.append(f"{i},words {i},{','.join(said)}")
    (folder / "answers.csv").write_text("\n".join(rows))
    return folder


def test_where_nothing_smaller_is_safe_the_nearest_is_named_with_what_it_may_lose(equals, panel):
    code, said, _ = panel(*FILE, "--out", "panel.json")
    assert code == 0
    assert "No smaller panel is known to lose at most 1 point in 9 of 10 panels: ask all of them." in said
    assert re.search(
        r"The nearest is [a-e]1.*% of the cost; it changes [\d.]+% of the labels and loses at most", said
    )
    assert json.loads((equals / "panel.json").read_text())["ticket"]["share"] == 1


@pytest.mark.usefixtures("equals")
def test_a_share_asked_for_is_kept_and_what_it_may_lose_is_said(panel):
    code, said, _ = panel(*FILE, "--share", ".7")
    assert code == 0
    assert "Winning ticket:" in said
    assert "Nothing within that cost loses at most 1 point in 9 of 10 panels; this loses least" in said


def test_a_task_gives_the_same_advice_as_its_file(folder, panel):
    assert panel("task.toml", "--out", "task.json")[0] == 0
    assert panel(*FILE, "--out", "file.json")[0] == 0
    by_task, by_file = (json.loads((folder / name).read_text()) for name in ("task.json", "file.json"))
    for key in ("ticket", "front", "worth", "expected_accuracy"):
        assert by_task[key] == by_file[key]


def test_costs_decide_what_is_cheap(folder, panel):
    assert panel(*FILE, "--costs", "good=100,fair=1,dull=1", "--out", "panel.json")[0] == 0
    written = json.loads((folder / "panel.json").read_text())
    assert written["unit"] == "money"
    assert "good" not in {part["llm"] for part in written["ticket"]["parts"]}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("answers.csv",), "--labels must name at least two classes"),
        (("task.toml", "--labels", "a,b"), "go with a file of answers"),
        ((*FILE, "--costs", "good"), '"good" is not an LLM and a number'),
        ((*FILE, "--costs", "god=1"), "no LLM 'god' to give a cost. Did you mean"),
        ((*FILE, "--costs", "good=1"), "no cost above 0 for: fair, dull"),
        ((*FILE, "--cost", "seconds"), "cost in seconds is not known for: good, fair, dull"),
        ((*FILE, "--search", "prun"), 'no search "prun". Did you mean "prune"'),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(folder, panel, words, said):
    code, _, err = panel(*words)
    assert code == 2
    assert said in err
    assert "Traceback" not in err
