"""The options that several benchmarks share, declared once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from mollia.errors import DataError

FOUR = "trec,pubmed,policy_en,consumer_complaints"

Sets = Annotated[str, typer.Option(help="Recorded panels.")]
Numbers = Annotated[str, typer.Option(help="Numbers of human labels.")]
Draws = Annotated[int, typer.Option(min=1, help="Random draws of the human labels.")]
Out = Annotated[Path, typer.Option(help="Folder for cells, tables, JSON and plots.")]
Processes = Annotated[int, typer.Option(min=0, help="Processes at once; 0: one a core.")]
Weights = Annotated[str | None, typer.Option(help="Where fine-tuning starts: a hub name or a folder.")]


def say(sentence: str) -> None:
    """Tell on stderr how far a benchmark is."""
    typer.echo(sentence, err=True)


def cores(processes: int) -> int:
    """Return the number of processes, 0 being one per core."""
    return processes or os.cpu_count() or 1


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
