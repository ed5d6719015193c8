"""Labelled rows, or a student, to the Hugging Face Hub: as a folder to look at first, then as a commit."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mollia.data.labels_file import AS_WRITTEN, LabelsFormat
from mollia.data.table import Say, quiet
from mollia.encode.tfidf import VOCABULARY
from mollia.exchange.hub_upload import Kind, Place, address, place_of
from mollia.report.data_set import write_data_set
from mollia.usecases.export_student import is_student
from mollia.usecases.model_folder import write_model_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A folder that can be uploaded, where it goes, and the sizes of its files in bytes by name."""

    folder: Path
    place: Place
    address: str
    files: dict[str, int]

    def lines(self, *, public: bool) -> list[str]:
        """Say what goes where, and who will be able to read what of the data."""
        readers = "everyone can read it" if public else "private: only its owner and members can read it"
        width = max(map(len, self.files))
        if self.place.kind == "dataset":
            holds = "It holds every row with its text and all other columns of your file."
        elif any(name.endswith(VOCABULARY) for name in self.files):
            holds = (
                "It holds the words, pairs and pieces of words of the texts that the student learned from."
            )
        else:
            holds = "It holds weights and no text; README.md holds the task's instruction and figures."
        return [
            f"{self.address} ({readers}):",
            *(f"  {name:<{width}}  {_size(size):>9}" for name, size in self.files.items()),
            holds,
        ]


def write_folder(
    source: Path, out: Path, *, to: str | None, how: LabelsFormat = AS_WRITTEN, say: Say = quiet
) -> int | None:
    """Write a source's folder with its card, as the repository `to` is to hold it; return the number of rows.

    Without `to` labelled rows are written for `datasets.load_from_disk`.

    Raises
    ------
    MolliaError
        When the source is wrong, `to` is no address, a library is missing, or `out` is not empty.
    """
    name = place_of(to, _kind(source)).name if to else ""
    if is_student(source):
        write_model_folder(source, out, repository=name, say=say)
        return None
    return write_data_set(source, out, how=how, repository=name, say=say)


@contextmanager
def prepared(
    source: Path, to: str, *, how: LabelsFormat = AS_WRITTEN, say: Say = quiet
) -> Iterator[Prepared]:
    """Yield what would be uploaded, in a folder that goes afterwards; the hub is not spoken to.

    Raises
    ------
    MolliaError
        As `write_folder`.
    """
    place = place_of(to, _kind(source))
    where = address(place)
    with tempfile.TemporaryDirectory(prefix="mollia-hub-") as folder:
        whole = Path(folder) / "repository"
        write_folder(source, whole, to=to, how=how, say=say)
        files = {
            path.relative_to(whole).as_posix(): path.stat().st_size
            for path in sorted(whole.rglob("*"))
            if path.is_file()
        }
        yield Prepared(folder=whole, place=place, address=where, files=files)


def _kind(source: Path) -> Kind:
    return "model" if is_student(source) else "dataset"


def _size(number: float) -> str:
    for unit in ("B", "kB", "MB"):
        if number < 1000:  # noqa: PLR2004  # of the next unit
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"
