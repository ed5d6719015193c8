"""A small task on recorded answers: 3 classes, 4 LLMs of different worth, texts that tell the class."""

import csv

import numpy as np
import pytest

CLASSES = ["Refund", "Delivery", "NA"]
WORDS = {
    "Refund": ["money back", "refund please", "paid twice", "charge wrong"],
    "Delivery": ["parcel late", "where is my order", "courier lost it", "arrived broken"],
    "NA": ["nice shop", "hello there", "great colours", "thank you"],
}
LLMS = {"good": 0.9, "fair": 0.75, "poor": 0.5}


def written(folder, *, n=120, seed_rows=30, silent=False, classes=CLASSES, extra=""):
    """Write data.csv, seed.csv and task.toml to a folder; return the task's path."""
    rng = np.random.default_rng(7)
    rows = []
    for i in range(n):
        gold = CLASSES[i % 3]
        words = rng.choice(WORDS[gold], 2)
        row = {
            "id": f"r{i}",
            "text": f"{words[0]}, {words[1]} number {i}",
            "gold": gold,
            "note": f'say "{i}"',
        }
        for llm, right in LLMS.items():
            row[llm] = gold if rng.random() < right else CLASSES[rng.integers(3)]
        row["silent"] = ""
        rows.append(row)
    with (folder / "data.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with (folder / "seed.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "label"])
        writer.writerows([[row["id"], row["gold"]] for row in rows[:seed_rows]])
    llms = [*LLMS, *(["silent"] if silent else [])]
    blocks = [f'[[classes]]\nname = "{name}"\n' for name in classes]
    blocks += [f'[[panel]]\nname = "{llm}"\nkind = "recorded"\npath = "data.csv"\n' for llm in llms]
    path = folder / "task.toml"
    path.write_text(
        'name = "small"\ninstruction = "What is it about?"\n'
        '[data]\npath = "data.csv"\nid = "id"\n'
        + "".join(blocks)
        + '[seed]\npath = "seed.csv"\n[query]\nstrategy = "entropy"\nbatch = 10\nrounds = 3\n[run]\nout = "out"\n'
        + extra,
        encoding="utf-8",
    )
    return path


@pytest.fixture
def write_task(tmp_path):
    """Return `written` for this test's folder."""
    return lambda **options: written(tmp_path, **options)
