"""A student as a folder with an ONNX model, which other programs read without mollia."""

from __future__ import annotations

from pathlib import Path

from mollia.encode.hybrid import HybridFeatures
from mollia.encode.onnx_images import OnnxImages
from mollia.encode.pixels import Pixels
from mollia.encode.precomputed import VectorFeatures
from mollia.encode.tfidf import Tfidf
from mollia.errors import DataError
from mollia.portable.encoder import Encoded, write_encoder
from mollia.portable.hybrid import write_hybrid
from mollia.portable.lexical import write_lexical
from mollia.portable.pixels import write_pixels
from mollia.portable.vectors import write_vectors
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
    features, head, classes = student.features, student.head, student.classes
    if isinstance(features, Tfidf):
        write_lexical(features, head, classes, folder)
    elif isinstance(features, Encoded):
        write_encoder(features, head, classes, folder)
    elif isinstance(features, HybridFeatures) and isinstance(features.dense, Encoded):
        write_hybrid(features, head, classes, folder)
    elif isinstance(features, Pixels):
        write_pixels(head, classes, folder)
    elif isinstance(features, VectorFeatures):
        write_vectors(features, head, classes, folder)
    elif isinstance(features, OnnxImages):
        raise DataError(
            "This student reads images through a model that is ONNX already, and how that prepares images is no part of it.",
            hint="Export its head (mollia export sklearn), which takes the vectors that the model gives.",
        )
    else:
        raise DataError(
            "This student cannot be exported as ONNX: what it reads texts with is an encoder of your own.",
            hint="Use it with mollia.load_student, or train a student on an encoder of mollia's.",
        )
