"""A student as a repository for classifiers holds it: its own files, the forms that other programs read, and a card."""

from __future__ import annotations

from pathlib import Path

from mollia.data.table import Say, quiet
from mollia.encode.hybrid import HybridFeatures
from mollia.encode.onnx_images import OnnxImages
from mollia.encode.pixels import Pixels
from mollia.encode.precomputed import VectorFeatures
from mollia.encode.tfidf import Tfidf
from mollia.errors import DataError
from mollia.portable.encoder import Encoded
from mollia.portable.onnx_folder import write_onnx_files
from mollia.portable.sklearn_file import write_pipeline
from mollia.report.data_set import read_summary
from mollia.report.model_card import Classifier, Form, model_card
from mollia.session.run_folder import STUDENT, SUMMARY
from mollia.student.features import HeadFeatures
from mollia.student.load import LoadedStudent, load_student
from mollia.student.travelling import student_files
from mollia.whole_files import new_folder

PIPELINE = "student.skops"


def write_model_folder(source: Path, out: Path, *, repository: str = "", say: Say = quiet) -> None:
    """Write the student of the folder `source` to a new folder; figures come from the run's summary.json beside it.

    `repository` is its name on the hub, "" where it stays a folder.

    Raises
    ------
    MolliaError
        When the student is damaged, a library is missing, or `out` is not empty.
    """
    load_student(source)  # says what is wrong with it
    summary = read_summary(source.absolute().parent / SUMMARY)
    with new_folder(out) as unfinished:
        for name, content in student_files(source).items():
            path = unfinished / STUDENT / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        student = load_student(unfinished / STUDENT)
        told = Classifier(
            classes=student.classes,
            reads=_reads(student.features),
            forms=_forms(student, unfinished, say),
            summary=summary,
            repository=repository,
        )
        (unfinished / "README.md").write_text(model_card(told), "utf-8")


def _forms(student: LoadedStudent, folder: Path, say: Say) -> tuple[Form, ...]:
    """Write what other programs can read of this kind of student; return the forms."""
    features = student.features
    if isinstance(features, Tfidf):
        write_pipeline(student, folder / PIPELINE)
        write_onnx_files(student, folder)
        return ("sklearn", "module")
    try:
        write_onnx_files(student, folder)
    except DataError as error:  # an encoder that ONNX cannot hold; the student itself is there
        say(f"Without a form for other programs: {error}")
        return ()
    if isinstance(features, HybridFeatures):
        return ("words and tokens",)
    if isinstance(features, VectorFeatures):
        return ("vectors",)
    return ("onnx",) if isinstance(features, Encoded) else ("pixels",)


def _reads(features: HeadFeatures) -> str:
    if isinstance(features, Pixels | OnnxImages):
        return "images"
    if isinstance(features, VectorFeatures):
        named = ", ".join(features.columns)
        return f"the columns {named}" if named else "vectors"
    return "texts"
