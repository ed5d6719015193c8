"""From the authors' files to our Parquet form: a table per set and its entry in labels.json."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mollia.arrays import Classes, PanelMass
from mollia.errors import DataError
from mollia_benchmarks.fetch.recordings import Meta, Raw, check_rows, read_meta, read_raw
from mollia_benchmarks.fetch.sources import COMMIT, LLMS, REPOSITORY, PaperSet
from mollia_benchmarks.fetch.texts import Split, pool_texts, read_split, read_trec_test

LABELS = "labels.json"


def convert(found: PaperSet, files: Mapping[str, Path], out: Path) -> tuple[int, int]:
    """Write a set's Parquet files and its entry in labels.json; `files` maps `Source.file` to a path.

    Returns the numbers of rows of pool and test.

    Raises
    ------
    DataError
        When a file is damaged or files do not belong together; nothing is written then.
    """
    described = read_labels(out)
    paths = [files[source.file] for source in (found.meta_x, found.meta_y)]
    meta = read_meta(*paths, classes=found.classes, llms=LLMS)
    raw = {llm: read_raw(files[source.file], rows=len(meta.gold)) for llm, source in found.raw.items()}
    first = next(iter(raw.values()), None)
    for llm, theirs in raw.items():
        check_rows(theirs, like=first or theirs, meta=meta, llm=LLMS.index(llm), classes=found.classes)
    if found.train:
        texts = pool_texts(files[found.train.file], classes=found.classes, gold=meta.gold)
    elif first:
        texts = first.texts
    else:
        raise DataError(f"{found.name}: no file holds the texts.")
    test = _test(found, files)
    pool_file, test_file = f"{found.name}_pool.parquet", f"{found.name}_test.parquet"
    _write(out / pool_file, _plain(texts, meta.gold, found.classes) | _answers(meta, raw))
    if test:
        _write(out / test_file, _plain(*test, found.classes))
    described[found.name] = {
        "labels": list(found.classes),
        "pool": pool_file,
        "test": test_file if test else None,
        "llms": list(LLMS),
        "n": len(texts),
        "licence": found.licence,
        "source": f"github:{REPOSITORY}, commit {COMMIT}",
        "may_ship": "no",
        "has_probabilities": True,
        **found.settings,
    }
    _replace(out / LABELS, json.dumps(described, indent=1, ensure_ascii=False) + "\n")
    return len(texts), len(test[0]) if test else 0


def read_labels(out: Path) -> dict[str, Any]:
    """Return what a folder's labels.json says, {} where there is none; other sets stay in it.

    Raises
    ------
    DataError
        When it is damaged.
    """
    path = out / LABELS
    if not path.is_file():
        return {}
    try:
        described = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise DataError(f"{path} is not valid JSON: {error}", hint="Correct it, or delete it.") from None
    if not isinstance(described, dict):
        raise DataError(f"{path}: expected an object, a key per set.", hint="Correct it, or delete it.")
    return described


def _test(found: PaperSet, files: Mapping[str, Path]) -> Split | None:
    if found.test is None:
        return None
    path = files[found.test.file]
    if found.train:
        return read_split(path, classes=found.classes)
    return read_trec_test(path, classes=found.classes)


def _plain(texts: Sequence[str], gold: Classes, classes: Sequence[str]) -> dict[str, Any]:
    """Return the columns id, text and gold."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    return {
        "id": pa.array(np.arange(len(texts)), pa.int32()),
        "text": pa.array(texts, pa.string()),
        "gold": pa.array([classes[k] for k in gold.tolist()], pa.string()),
    }


def _answers(meta: Meta, raw: Mapping[str, Raw]) -> dict[str, Any]:
    """Return each LLM's three columns; without a file of raw answers, the answers are null."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    columns: dict[str, Any] = {}
    for number, llm in enumerate(LLMS):
        columns[f"{llm}_probs"] = _lists(meta.z[:, number])
        columns[f"{llm}_votes"] = _lists(meta.c[:, number])
        answers = raw[llm].answers if llm in raw else [None] * len(meta.gold)
        columns[f"{llm}_answers"] = pa.array(answers, pa.list_(pa.string()))
    return columns


def _lists(rows: PanelMass) -> Any:  # noqa: ANN401  # pyarrow ships no types
    """Return (n, K) as n lists of K 32-bit floats."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    ends = np.arange(0, rows.size + 1, rows.shape[1], dtype=np.int32)
    return pa.ListArray.from_arrays(ends, pa.array(np.ravel(rows).astype(np.float32)))


def _write(path: Path, columns: Mapping[str, Any]) -> None:
    """Write a Parquet file, whole or not at all."""
    import pyarrow as pa  # noqa: PLC0415  # heavy
    import pyarrow.parquet as pq  # noqa: PLC0415  # heavy

    part = path.with_name(f"{path.name}.part")
    try:
        pq.write_table(pa.table(dict(columns)), part, compression="zstd")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _replace(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, "utf-8")
    part.replace(path)
