"""A student that labels batches of texts wherever it is sent: to a helper process, or a node of a cluster."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from mollia.stored import unpacked
from mollia.student.export import MANIFEST
from mollia.student.load import LoadedStudent, load_student


def student_files(folder: Path) -> dict[str, bytes]:
    """Return a student's files by their names in its folder, and no other file that lies there."""
    manifest = (folder / MANIFEST).read_bytes()
    told = json.loads(manifest)
    place = Path(told.get("version", ""))
    names = [place / Path(name).name for name in told["sha256"]]
    return {MANIFEST: manifest} | {name.as_posix(): (folder / name).read_bytes() for name in names}


class TravellingStudent:
    """The student of a folder; pickled, it takes the folder's files along."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.student: LoadedStudent = load_student(folder)

    def __getstate__(self) -> dict[str, bytes]:
        """Return the files by their names in the folder."""
        return student_files(self.folder)

    def __setstate__(self, files: Mapping[str, bytes]) -> None:
        """Load the student from its files, which lie in a folder that goes when this object does."""
        self.folder = unpacked(files, prefix="mollia-student-", owner=self)
        self.student = load_student(self.folder)
