"""Very many rows are written part by part; the file is the one that is written at once."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from mollia.data import label_parts, labels_file
from mollia.data.labels_file import MoreColumns, write_labels
from mollia.data.read import read_pool

CLASSES = ("good", "bad", "n/a")
N = 25


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl", "out.tsv", "out.parquet"])
@pytest.mark.parametrize("typed", [False, True])
def test_parts_give_the_file_that_is_written_at_once(tmp_path, written, fused, monkeypatch, name, typed):
    lines = "".join(f'{row},"text ""{row}"", é\n",{row % 3}\n' for row in range(N))
    path = written("in.csv", f"id,text,extra\n{lines}")
    if typed:
        table = pd.read_csv(path)
        path = tmp_path / "in.parquet"
        table.assign(id=table["id"].astype(str), listed=[[1.5, 2.0]] * N).to_parquet(path)
    pool, result = read_pool(path), fused(N, 3)
    source = ["failed" if row % 7 == 0 else "human" if row % 5 == 0 else "panel" for row in range(N)]
    rng = np.random.default_rng(0)
    more = MoreColumns(
        disagreement=np.where(rng.random(N) < 0.2, np.nan, 0.25),
        student_probs=rng.dirichlet([1, 1, 1], N),
        accept=rng.random(N) < 0.5,
        llms={"gemma": rng.integers(-1, 3, N), "label": rng.integers(-1, 3, N)},
    )
    write_labels(tmp_path / f"whole-{name}", pool, CLASSES, result, source, more=more)
    monkeypatch.setattr(labels_file, "MANY", 10)
    monkeypatch.setattr(label_parts, "PART", 10)
    kept = write_labels(tmp_path / f"parts-{name}", pool, CLASSES, result, source, more=more)
    assert list(kept) == list(pool.columns)
    whole, parts = tmp_path / f"whole-{name}", tmp_path / f"parts-{name}"
    if name.endswith("parquet"):
        assert pq.read_table(parts).equals(pq.read_table(whole))
        assert pq.read_schema(parts).equals(pq.read_schema(whole))
    else:
        assert parts.read_bytes() == whole.read_bytes()
