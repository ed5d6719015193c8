"""A student as a folder with an ONNX model, which other programs read without mollia."""

from __future__ import annotations

from pathlib import Path

from mollia.encode.onnx_encoder import OnnxEncoder
from mollia.encode.static_encoder import StaticEncoder
from mollia.encode.tfidf import Tfidf
from mollia.errors import DataError
from mollia.portable.encoder import write_encoder
from mollia.portable.lexical import write_lexical
from mollia.student.load import LoadedStudent
from mollia.whole_files import new_folder


def write_onnx(student: LoadedStudent, folder: Path) -> tuple[Path, ...]:
    """Write a student to a new folder; return its files.

    Raises
    ------
    MissingExtra, DataError
        When a library is missing, the folder is not empty, or the student reads what no such model does.
    """
    with new_folder(folder) as unfinished:
        write_onnx_files(student, unfinished)
    return tuple(sorted(path for path in folder.rglob("*") if path.is_file()))


def write_onnx_files(student: LoadedStudent, folder: Path) -> None:
    """Write the same files to a folder that is there.

    Raises
    ------
    MissingExtra, DataError
        As `write_onnx`.
    """
    features = student.features
    if isinstance(features, Tfidf):
        write_lexical(features, student.head, student.classes, folder)
    elif isinstance(features, OnnxEncoder | StaticEncoder):
        write_encoder(features, student.head, student.classes, folder)
    else:
        raise DataError(
            "A student of this kind cannot be exported as ONNX: what it reads is not texts through one ONNX model or word counts.",
            hint='Those on the encoders "lexical", "onnx" and "static" can be, and fine-tuned ones; mollia predict uses any.',
        )
