"""The options that several benchmarks share, declared once, and what is made of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mollia.cli.options import opened_engine
from mollia.errors import DataError

if TYPE_CHECKING:
    from mollia_benchmarks.job import Job

LOCAL = "local"  # the engine's name in the registry; its cells are measured in processes
Data = Annotated[
    Path,
    typer.Option(
        help="Folder of recorded panels: a labels.json and Parquet files.",
        metavar="FOLDER",
        show_default="the repository's benchmarks/data",
    ),
]
Sets = Annotated[
    str,
    typer.Option(
        help="Names from labels.json with commas between them, or all.",
        show_default="those with at most 30 classes: more take minutes per fit",
    ),
]
OneSet = Annotated[str, typer.Option("--set", help="A name from labels.json.", show_default="the first")]
Numbers = Annotated[str, typer.Option(help="Numbers of human labels.")]
Draws = Annotated[int, typer.Option(min=1, help="Random draws of the human labels.")]
Out = Annotated[Path, typer.Option(help="Folder for cells, tables, JSON and plots.")]
Processes = Annotated[
    int, typer.Option("--processes", "--workers", min=0, help="Processes at once; 0: one per core.")
]
EngineName = Annotated[
    str,
    typer.Option(
        "--engine",
        help="Where cells are measured: local (processes of this machine) or ray (a cluster).",
        metavar="NAME",
    ),
]
Trees = Annotated[
    Path | None,
    typer.Option(
        resolve_path=True,
        help="What bench fusion --learn wrote: each set is fused by trees that its family did not teach.",
    ),
]


def _whole_path(name: str | None) -> str | None:
    """Return where a folder is for every process of this machine, and of others with the same folders; a hub name as it is."""
    return str(Path(name).absolute()) if name and Path(name).exists() else name


Weights = Annotated[
    str | None,
    typer.Option(help="Where fine-tuning starts: a hub name or a folder.", callback=_whole_path),
]


@contextmanager
def opened_job(
    data: Path,
    sets: str,
    out: Path,
    processes: int,
    *,
    engine: str,
    address: str | None,
    tested: bool = False,
) -> Iterator[Job]:
    """Yield what a benchmark over several sets is given; `tested`: by default those with test rows of their own.

    Cells are measured by the engine of that name, which is closed in the end.

    Raises
    ------
    MolliaError
        When the folder has no set of a name, or the engine cannot be had.
    """
    from mollia_benchmarks.described import chosen, few_classes, with_test  # noqa: PLC0415  # slow to import, for a benchmark only
    from mollia_benchmarks.job import Job  # noqa: PLC0415  # the same

    data = data.resolve()
    names = chosen(words(sets), data, default=with_test if tested else few_classes)
    with opened_engine(engine, address, None) as opened:
        yield Job(
            sets=names,
            data=data,
            out=out,
            processes=processes or os.cpu_count() or 1,
            engine=None if engine == LOCAL else opened,
            say=say,
        )


def one_set(data: Path, name: str) -> tuple[str, Path]:
    """Return the name of the set that a benchmark over one set measures, and its folder."""
    from mollia_benchmarks.described import about, described  # noqa: PLC0415  # slow to import

    data = data.resolve()
    name = name or next(iter(described(data)))
    about(name, data)
    return name, data


def say(sentence: str) -> None:
    """Tell on stderr how far a benchmark is."""
    typer.echo(sentence, err=True)


def words(text: str, *, separator: str = ",") -> list[str]:
    """Return what stands between separators, without blanks around it."""
    return [word.strip() for word in text.split(separator) if word.strip()]


def numbers(text: str) -> list[int]:
    """Return the numbers between commas.

    Raises
    ------
    DataError
        When a word between the commas is not a number.
    """
    return [_number(word) for word in words(text)]


def _number(word: str) -> int:
    if not word.isdecimal():
        raise DataError(f'"{word}" is not a number.', hint="Write numbers with commas between them: 50,200.")
    return int(word)
