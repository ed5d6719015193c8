"""A made-up recorded panel with label probabilities, as files: the loader's input is real."""

import json
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

WORDS = {"refund": "money back paid", "delivery": "parcel late lost", "other": "shop hello card"}
LLMS = {"good_8b": 0.8, "fair_3b": 0.7, "poor_1b": 0.5}  # how often each is right
ROWS, TESTS = 400, 60
CLEAR = 0.7  # of the texts hold their class's words, the others those of any


def rows(rng, n):
    classes = list(WORDS)
    gold = rng.integers(len(classes), size=n)
    told = np.where(rng.random(n) < CLEAR, gold, rng.integers(len(classes), size=n))
    filler = rng.integers(500, size=(n, 4))
    texts = [
        " ".join([*rng.permutation(WORDS[classes[k]].split())[:2], *(f"w{i}" for i in own)])
        for k, own in zip(told, filler, strict=True)
    ]
    return gold, {"id": list(range(n)), "text": texts, "gold": [classes[k] for k in gold]}


def answers(rng, gold, right):
    """Votes of ten samples and next-token masses, which may sum to much more than 1 or much less."""
    said = np.where(rng.random(len(gold)) < right, gold, rng.integers(3, size=len(gold)))
    lean = np.full((len(gold), 3), 0.15)
    lean[np.arange(len(gold)), said] = 0.7
    votes = [(rng.multinomial(10, row) / 10).tolist() for row in lean]
    probs = [(rng.dirichlet(8 * row) * rng.choice([0.3, 1.0, 6.0])).tolist() for row in lean]
    return votes, probs


@pytest.fixture
def family(panel_folder, tmp_path):
    """A folder with two sets of the same LLMs and classes."""
    folder = tmp_path / "panels"
    shutil.copytree(panel_folder, folder)
    about = json.loads((folder / "labels.json").read_text())["parcels"]
    (folder / "labels.json").write_text(json.dumps({"parcels_a": about, "parcels_b": about}))
    return folder


@pytest.fixture(scope="session")
def panel_folder(tmp_path_factory):
    """A folder with the set "parcels": 3 classes, 3 LLMs, 400 rows, a test file, probabilities and samples."""
    rng = np.random.default_rng(0)
    folder = tmp_path_factory.mktemp("panels")
    gold, columns = rows(rng, ROWS)
    for llm, right in LLMS.items():
        columns[f"{llm}_votes"], columns[f"{llm}_probs"] = answers(rng, gold, right)
    columns["poor_1b_votes"][:20] = columns["poor_1b_probs"][:20] = [None] * 20
    pq.write_table(pa.table(columns), folder / "parcels_pool.parquet")
    pq.write_table(pa.table(rows(rng, TESTS)[1]), folder / "parcels_test.parquet")
    about = {"labels": list(WORDS), "llms": list(LLMS), "pool": "parcels_pool.parquet"}
    about |= {"test": "parcels_test.parquet", "molam": {"max_depth": 3, "n_estimators": 20}}
    (folder / "labels.json").write_text(json.dumps({"parcels": about}))
    return folder
