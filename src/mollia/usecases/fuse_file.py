"""From a file of LLM answers and a file of human labels to a file of labels, a report and a summary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mollia.arrays import MANY
from mollia.data.human_labels import labels_by_use
from mollia.data.table import Say, quiet
from mollia.loop.outputs import promised, write_labels_of, write_summary
from mollia.loop.result import RunResult
from mollia.progress import WRITING, Progress, doing
from mollia.progress import quiet as no_progress
from mollia.quality.target import Promise
from mollia.records import HumanLabels, Use
from mollia.report.report import write_report
from mollia.session.panel_file import PanelFile
from mollia.session.run_folder import REPORT, SUMMARY
from mollia.student.export import save
from mollia.text_format import TextFormat
from mollia.threads import at_once
from mollia.usecases.fuse_panel import DEFAULT, Method, check_classes, fuse_panel
from mollia.usecases.teach_student import check_texts, teach_student
from mollia.whole_files import keep_inputs

__all__ = ["FusedFile", "Method", "fuse_file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FusedFile:
    """What `fuse_file` wrote: the result, what holds the target accuracy, where one was asked for, report and summary."""

    result: RunResult
    kept: Promise | None = None
    report: Path | None = None
    summary: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is written: the columns of the labels' file, () = all, how, and whether report and summary lie beside it.

    `student` is the folder of a student that learns from the labels, None = none; `command` what repeats all of it.
    """

    columns: tuple[str, ...] = ()
    text_format: TextFormat | None = None  # None: as the answers
    report: bool = True
    student: Path | None = None
    command: str = ""


ALL = Written()


def fuse_file(
    panel: PanelFile,
    *,
    seed_labels: Path | None,
    out: Path,
    method: Method = DEFAULT,
    target: float | None = None,
    written: Written = ALL,
    say: Say = quiet,
    progress: Progress = no_progress,
) -> FusedFile:
    """Read the panel's answers and the human labels, fuse, and write `out`; see `read_panel`.

    Report and summary are written beside it, unless `written` says otherwise: labels.report.html and labels.summary.json
    beside labels.csv. A student is taught where `written` names its folder. With a `target` accuracy `out` has a column accept: labels that may be taken without a review.

    Raises
    ------
    DataError
        When a file is wrong, `out` is one of those that are read, or fewer than two classes are named; when a student
        is asked for and there are no texts.
    """
    check_classes(panel.classes)
    report, summary = (out.with_name(f"{out.stem}.{name}") for name in (REPORT, SUMMARY))
    for path in (out, report, summary) if written.report else (out,):
        keep_inputs(path, [panel.path, seed_labels, method.priors])
    read = panel.read(say=say)
    if written.student is not None:
        check_texts(has_texts=read.has_text)
    given = dict[Use, HumanLabels]()
    if seed_labels is not None:
        seed_format = TextFormat(encoding=panel.text_format.encoding)  # the delimiter is that of the answers
        given |= labels_by_use(
            seed_labels, classes=read.classes, ids=read.ids, text_format=seed_format, say=say
        )
    fusion = fuse_panel(read, given, method=method, say=say, progress=progress)
    if written.student is not None:
        with doing(progress, "teaching the student"):
            fusion, student = teach_student(fusion)
            save(student, written.student, read.classes)
    result = replace(fusion.result, command=written.command)
    kept = None if target is None else promised(result, target)
    form = written.text_format or panel.text_format

    def write_rows() -> None:
        write_labels_of(result, out, kept=kept, text_format=form, only=written.columns)

    def write_beside() -> None:
        write_summary(result, summary, kept=kept)
        write_report(result, report, target=target)

    with doing(progress, WRITING):
        _write([write_rows, *([write_beside] if written.report else [])], many=len(result.pool) > MANY)
    if not written.report:
        return FusedFile(result=result, kept=kept)
    return FusedFile(result=result, kept=kept, report=report, summary=summary)


def _write(files: Sequence[Callable[[], None]], *, many: bool) -> None:
    """Write files one after the other, of very many rows side by side."""
    for _ in at_once(lambda write: write(), files, many=many):
        pass
