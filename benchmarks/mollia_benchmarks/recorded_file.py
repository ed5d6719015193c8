"""Writing a recorded panel: a Parquet file per part of a set, and the set's entry in the folder's labels.json."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mollia.arrays import Classes, Floats
from mollia.errors import DataError, first_line

LABELS = "labels.json"
Columns = dict[str, Any]  # Arrow arrays


def rows_of(texts: Sequence[str], gold: Classes, classes: Sequence[str]) -> Columns:
    """Return the columns id (0 to n - 1), text and gold; gold is null where it is -1."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    return {
        "id": pa.array(np.arange(len(texts)), pa.int32()),
        "text": pa.array(texts, pa.string()),
        "gold": pa.array([classes[k] if k >= 0 else None for k in gold.tolist()], pa.string()),
    }


def answers_of(
    llm: str, *, z: Floats, c: Floats, replies: Sequence[Sequence[str] | None], empty: bool
) -> Columns:
    """Return an LLM's three columns from its z and c, both (n, K), and its raw replies.

    `empty` says what a row of zeros is: True keeps it, as it was recorded; False makes it null, "no answer".
    """
    import pyarrow as pa  # noqa: PLC0415  # heavy

    columns = {f"{llm}_probs": _lists(z, empty=empty), f"{llm}_votes": _lists(c, empty=empty)}
    return columns | {f"{llm}_answers": pa.array(list(replies), pa.list_(pa.string()))}


def write_table(path: Path, columns: Columns) -> None:
    """Write a Parquet file, whole or not at all."""
    import pyarrow as pa  # noqa: PLC0415  # heavy
    import pyarrow.parquet as pq  # noqa: PLC0415  # heavy

    part = path.with_name(f"{path.name}.part")
    try:
        pq.write_table(pa.table(columns), part, compression="zstd")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read_labels(folder: Path) -> dict[str, Any]:
    """Return what a folder's labels.json says, {} where there is none.

    Raises
    ------
    DataError
        When it is damaged.
    """
    path = folder / LABELS
    if not path.is_file():
        return {}
    try:
        described = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise DataError(
            f"{path} is not valid JSON: {first_line(error)}", hint="Correct it, or delete it."
        ) from None
    if not isinstance(described, dict):
        raise DataError(f"{path}: expected an object, a key per set.", hint="Correct it, or delete it.")
    return described


def write_labels(folder: Path, name: str, entry: Mapping[str, object]) -> None:
    """Set one set's entry in labels.json; the other sets stay."""
    described = read_labels(folder) | {name: dict(entry)}
    path = folder / LABELS
    part = path.with_name(f"{path.name}.part")
    part.write_text(json.dumps(described, indent=1, ensure_ascii=False) + "\n", "utf-8")
    part.replace(path)


def _lists(rows: Floats, *, empty: bool) -> Any:  # noqa: ANN401  # pyarrow ships no types
    """Return (n, K) as n lists of K 32-bit floats; rows of zeros are null unless `empty`."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    ends = np.arange(0, rows.size + 1, rows.shape[1], dtype=np.int32)
    nothing = None if empty else pa.array(~rows.any(1))
    return pa.ListArray.from_arrays(ends, pa.array(np.ravel(rows).astype(np.float32)), mask=nothing)
