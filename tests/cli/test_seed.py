"""`mollia seed`, filled in by a person and read by `mollia fuse` and `mollia run`."""

import csv

import numpy as np
import pytest
from typer.testing import CliRunner

from mollia.cli.main import app
from mollia.errors import DataError

NAMES = ("Refund", "Delivery", "Other")
LABELS = ",".join(NAMES)
GOLD = {f"t{i}": NAMES[i % 3] for i in range(90)}


@pytest.fixture
def panel(tmp_path):
    rng = np.random.default_rng(3)
    path = tmp_path / "answers.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "gemma", "llama", "qwen"])
        for id_, gold in GOLD.items():
            said = [gold if rng.random() < right else NAMES[rng.integers(3)] for right in (0.9, 0.7, 0.6)]
            writer.writerow([id_, f"{gold} text {id_}", *said])
    return path


def ran(*words):
    return CliRunner().invoke(app, [*map(str, words)])


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fill(path, *, label="label"):
    rows = read(path)
    for row in rows:
        row[label] = row[label] or GOLD[row["id"]]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_doubtful_rows_come_more_often_and_every_label_counts_by_its_chance(panel, tmp_path):
    seed = tmp_path / "seed.csv"
    command = ["seed", panel, "--labels", LABELS, "--n", 24, "--out", seed]
    for _ in range(3):
        assert "rows added" in ran(*command).output
        fill(seed)
    rows = read(seed)
    assert [row["batch"] for row in rows] == ["1"] * 10 + ["2"] * 10 + ["3"] * 4
    assert [row["batch_size"] for row in rows] == ["10"] * 20 + ["4"] * 4
    assert {row["use"] for row in rows} == {"seed"}
    assert len({row["chance"] for row in rows}) > 5
    fuse = ["fuse", panel, "--labels", LABELS, "--seed-labels", seed, "--out", tmp_path / "l.csv"]
    assert "24 human labels, cross-fitted seed, weighted by chance" in ran(*fuse).output
    random_too = ran(*command[:-4], "--n", 30, "--strategy", "random", "--out", seed).output
    assert "6 rows added" in random_too
    assert [row["batch"] for row in read(seed)[24:]] == ["4"] * 6


def test_batches_are_filled_in_turn_and_fused_with_a_figure_from_the_audit(panel, tmp_path):
    seed = tmp_path / "seed.csv"
    command = ["seed", panel, "--labels", LABELS, "--n", 24, "--audit", 15, "--out", seed]
    command += ["--strategy", "batches"]
    said = ran(*command).output
    assert "10 rows added and 15 for the audit" in said
    assert "Fill in the column label of 25 rows: Refund, Delivery, Other" in said
    for _ in range(2):
        fill(seed)
        assert "rows added" in ran(*command).output
    fill(seed)
    assert "24 of 24 rows labelled\nNext: mollia fuse" in ran(*command).output
    assert [row["use"] for row in read(seed) if row["use"] != "audit"] == ["seed"] * 10 + ["review"] * 14
    fused = ran("fuse", panel, "--labels", LABELS, "--seed-labels", seed, "--out", tmp_path / "l.csv").output
    assert "Human labels used: 24" in fused
    assert "audit sample" in fused
    assert "15 human labels" in fused
    assert sum(row["source"] == "human" for row in read(tmp_path / "l.csv")) == 24


def test_chosen_rows_alone_give_no_figure_and_drawn_ones_do(panel, tmp_path):
    seed = tmp_path / "seed.csv"
    ran("seed", panel, "--labels", LABELS, "--strategy", "random", "--n", 12, "--out", seed)
    fill(seed)
    fuse = ["fuse", panel, "--labels", LABELS, "--seed-labels", seed, "--out", tmp_path / "l.csv"]
    assert "cross-fitted seed" in ran(*fuse).output
    seed.write_text(seed.read_text("utf-8").replace(",seed", ",review"), "utf-8")
    said = ran(*fuse).output
    assert "Human labels used: 12" in said
    assert "interval" not in said


def test_a_cluster_draws_figure_counts_rows_by_their_chance(panel, tmp_path):
    seed = tmp_path / "seed.csv"
    ran("seed", panel, "--labels", LABELS, "--strategy", "weighted_kmeans", "--n", 12, "--out", seed)
    chances = {float(row["chance"]) for row in read(seed)}
    assert len(chances) > 2
    fill(seed)
    said = ran("fuse", panel, "--labels", LABELS, "--seed-labels", seed, "--out", tmp_path / "l.csv").output
    assert "weighted by chance" in said


def test_batches_wait_for_labels_unless_blank_rows_are_given_up(panel, tmp_path):
    seed = tmp_path / "seed.jsonl"
    command = ["seed", panel, "--labels", LABELS, "--n", 20, "--out", seed]
    ran(*command)
    before = seed.read_text("utf-8")
    said = ran(*command).output
    assert "0 of 20 rows labelled\nFill in the column label of 10 rows" in said
    assert seed.read_text("utf-8") == before
    assert "10 rows added" in ran(*command, "--skip-blank").output


def test_a_task_is_enough_and_run_reads_what_was_filled_in(panel, tmp_path):
    task = tmp_path / "task.toml"
    task.write_text(
        'name = "shop"\ninstruction = "What is it?"\n[data]\npath = "answers.csv"\nid = "id"\n'
        + "".join(f'[[classes]]\nname = "{name}"\n' for name in NAMES)
        + "".join(
            f'[[panel]]\nname = "{llm}"\nkind = "recorded"\npath = "answers.csv"\n'
            for llm in ("gemma", "qwen")
        )
        + '[seed]\npath = "people.csv"\nlabel = "answer"\n[query]\nrounds = 1\n',
        "utf-8",
    )
    command = ["seed", task, "--n", 20, "--audit", 12]
    for _ in range(2):
        assert "rows added" in ran(*command).output
        fill(tmp_path / "people.csv", label="answer")
    assert "20 of 20 rows labelled\nNext: mollia run" in ran(*command).output
    said = ran("run", task, "-q").output
    assert "Human labels used: 20" in said
    assert "audit sample" in said
    assert "12 human labels" in said


def test_wrong_words_are_told(panel, tmp_path):
    wrong = ran("seed", panel, "--labels", LABELS, "--strategy", "kmeans", "--out", tmp_path / "s.csv")
    assert isinstance(wrong.exception, DataError)
    assert "Known: doubt, batches, weighted_kmeans, random." in str(wrong.exception)
    many = ran(
        "seed", panel, "--labels", LABELS, "--strategy", "random", "--n", 91, "--out", tmp_path / "s.csv"
    )
    assert "cannot be drawn" in str(many.exception)
    assert not (tmp_path / "s.csv").exists()
