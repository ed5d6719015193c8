"""`[data]`: the file with the rows to label, and what in it is a row's content."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import PlainSerializer, SerializationInfo, ValidationInfo, field_validator, model_validator

from mollia.content import Kind
from mollia.settings import Filled, FromFolder, Section, from_folder, seen_from
from mollia.text_format import TextFormat

NPY = ".npy"


def _vectors_seen_from(vectors: str | tuple[str, ...] | None, info: SerializationInfo) -> object:
    return seen_from(Path(vectors), info) if isinstance(vectors, str) else vectors


class Data(Section):
    """`[data]`: the texts to label."""

    path: FromFolder
    """File with the texts: .csv, .tsv, .jsonl, .json, .parquet, .xlsx or shop.sqlite::table; a folder of `datasets.save_to_disk`; or `hub:owner/name`."""
    text: Filled = "text"
    """Column with the text."""
    id: str | None = None
    """Column with a unique id per row. Left out: the column `id` if there is one, else row numbers from 1. `""`: row numbers."""
    gold: str | None = None
    """Column with the true labels, for benchmarks: scores are reported, nothing is fitted on it."""
    image: str | None = None
    """Column with an image per row in place of a text: a path, a web address, or its bytes (Parquet). The text column, if there is one, is its caption."""
    audio: str | None = None
    """Column with a sound file's path or bytes per row, for people to hear; needs `vectors` and recorded answers."""
    folder: FromFolder | None = None
    """Folder of the image and sound files; left out: that of the data file. No path may lead out of it."""
    columns: tuple[Filled, ...] = ()
    """Columns that make up the text of a table row, as lines of `name: value`, in place of `text`."""
    vectors: Annotated[
        str | tuple[Filled, ...] | None, PlainSerializer(_vectors_seen_from, when_used="json")
    ] = None
    """Vectors that the student and the fuser read: a `.npy` file with a row per row of the data, or a list of columns with numbers."""
    encoding: str = "utf-8"
    """Encoding of a text file; older Windows files often need `cp1252`."""
    delimiter: str | None = None
    """What separates the cells of a CSV file; recognised when left out."""

    @property
    def text_format(self) -> TextFormat:
        """How the file is written."""
        return TextFormat(encoding=self.encoding, delimiter=self.delimiter)

    @field_validator("vectors")
    @classmethod
    def _a_file(
        cls, vectors: str | tuple[str, ...] | None, info: ValidationInfo
    ) -> str | tuple[str, ...] | None:
        if isinstance(vectors, str):
            if not vectors.endswith(NPY):
                raise ValueError(f'"{vectors}" is not an {NPY} file; columns are given as a list')
            return str(from_folder(Path(vectors), info))
        if vectors == ():
            raise ValueError("names no column")
        return vectors

    @model_validator(mode="after")
    def _one_content(self) -> Self:
        given = [key for key in ("image", "audio", "columns") if getattr(self, key)]
        if len(given) > 1:
            raise ValueError(f"a row has one content: give {' or '.join(given)}, not both")
        return self

    @property
    def medium(self) -> Kind:
        """What a row holds as far as the task file says it; a file of vectors alone has nothing."""
        return "image" if self.image else "audio" if self.audio else "text"

    @property
    def media_folder(self) -> Path:
        """Where image and sound files lie."""
        return self.folder or self.path.parent
