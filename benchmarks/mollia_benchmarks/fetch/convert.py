"""From the authors' files to our Parquet form: a table per set and its entry in labels.json."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mollia.errors import DataError
from mollia_benchmarks.fetch.recordings import check_rows, read_meta, read_raw
from mollia_benchmarks.fetch.sources import COMMIT, LLMS, REPOSITORY, PaperSet
from mollia_benchmarks.fetch.texts import Split, pool_texts, read_split, read_trec_test
from mollia_benchmarks.recorded_file import answers_of, read_labels, rows_of, write_labels, write_table


def convert(found: PaperSet, files: Mapping[str, Path], out: Path) -> tuple[int, int]:
    """Write a set's Parquet files and its entry in labels.json; `files` maps `Source.file` to a path.

    Returns the numbers of rows of pool and test.

    Raises
    ------
    DataError
        When a file is damaged or files do not belong together; nothing is written then.
    """
    read_labels(out)  # a damaged one is told before anything is written
    meta = read_meta(files[found.meta_x.file], files[found.meta_y.file], classes=found.classes, llms=LLMS)
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
    columns = rows_of(texts, meta.gold, found.classes)
    for number, llm in enumerate(LLMS):
        replies = raw[llm].answers if llm in raw else [None] * len(texts)
        columns |= answers_of(llm, z=meta.z[:, number], c=meta.c[:, number], replies=replies, empty=True)
    pool_file, test_file = f"{found.name}_pool.parquet", f"{found.name}_test.parquet"
    write_table(out / pool_file, columns)
    if test:
        write_table(out / test_file, rows_of(*test, found.classes))
    entry = {
        "labels": list(found.classes),
        "pool": pool_file,
        "test": test_file if test else None,
        "llms": list(LLMS),
        "n": len(texts),
        "licence": found.licence,
        "source": f"github:{REPOSITORY}, commit {COMMIT}",
        "may_ship": "no",
        "has_probabilities": True,
    }
    write_labels(out, found.name, entry | found.settings)
    return len(texts), len(test[0]) if test else 0


def _test(found: PaperSet, files: Mapping[str, Path]) -> Split | None:
    if found.test is None:
        return None
    path = files[found.test.file]
    if found.train:
        return read_split(path, classes=found.classes)
    return read_trec_test(path, classes=found.classes)
