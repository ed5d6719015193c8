"""Panels of any size as files: Parquet or CSV, with a seed of human labels beside them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from mollia.arrays import Floats
from mollia_benchmarks.scale_panel import Drawn, Source, draw

DECIMALS = 5
SEED_ROWS, SEED_FROM = 200, 5_000  # human labels, drawn from so many first rows


def write_panel(taken: Source, n: int, path: Path, *, seed: int = 0) -> Path:
    """Write n rows to a file by its ending, and the human labels to `<name>_seed.csv`, whose path is returned."""
    labels = path.with_name(f"{path.stem}_seed.csv")
    write = _csv if path.suffix == ".csv" else _parquet
    with labels.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "label"])

        def note(some: Drawn) -> Drawn:
            if some.ids[0] == "r0000000":
                most = min(len(some.ids), SEED_FROM)
                chosen = np.random.default_rng([seed, 1]).permutation(most)[:SEED_ROWS].tolist()
                rows.writerows([some.ids[row], taken.classes[some.gold[row]]] for row in chosen)
            return some

        write(taken, (note(some) for some in draw(taken, n, seed=seed)), path)
    return labels


def _parquet(taken: Source, parts: Any, path: Path) -> None:  # noqa: ANN401  # an iterator
    import pyarrow as pa  # noqa: PLC0415  # heavy
    import pyarrow.parquet as pq  # noqa: PLC0415  # heavy

    writer = None
    for some in parts:
        columns: dict[str, Any] = {"id": pa.array(some.ids), "text": pa.array(some.texts)}
        for name, mass in _masses(taken, some):
            bounds = np.arange(0, mass.size + 1, mass.shape[1], dtype=np.int32)
            columns[name] = pa.ListArray.from_arrays(bounds, pa.array(mass.ravel()))
        columns["gold"] = pa.array([taken.classes[k] for k in some.gold.tolist()])
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def _csv(taken: Source, parts: Any, path: Path) -> None:  # noqa: ANN401  # an iterator
    with path.open("w", encoding="utf-8", newline="") as file:
        rows, names = csv.writer(file, lineterminator="\n"), [name for name, _ in _names(taken)]
        rows.writerow(["id", "text", *names, "gold"])
        for some in parts:
            lists = [[str(row) for row in mass.tolist()] for _, mass in _masses(taken, some)]
            gold = [taken.classes[k] for k in some.gold.tolist()]
            rows.writerows(zip(some.ids, some.texts, *lists, gold, strict=True))


def _names(taken: Source) -> list[tuple[str, Callable[[Drawn], Floats]]]:
    """Return the columns of answers, and what gives them."""
    probs = [(f"{llm}_probs", lambda some, i=i: some.z[:, i]) for i, llm in enumerate(taken.llms)]
    votes = [(f"{llm}_votes", lambda some, i=i: some.votes[:, i]) for i, llm in enumerate(taken.llms)]
    return [*probs, *votes]


def _masses(taken: Source, some: Drawn) -> list[tuple[str, Floats]]:
    return [(name, np.asarray(take(some), np.float64).round(DECIMALS)) for name, take in _names(taken)]
