"""From a file of LLM answers and a file of human labels to a file of labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mollia.data.human_labels import labels_by_use
from mollia.data.table import Say, quiet
from mollia.loop.outputs import promised, write_labels_of
from mollia.loop.result import RunResult
from mollia.quality.target import Promise
from mollia.records import HumanLabels, Use
from mollia.session.panel_file import PanelFile
from mollia.text_format import TextFormat
from mollia.usecases.fuse_panel import DEFAULT, Method, check_classes, fuse_panel
from mollia.whole_files import keep_inputs

__all__ = ["FusedFile", "Method", "fuse_file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FusedFile:
    """What `fuse_file` wrote: the result, and what holds the target accuracy, where one was asked for."""

    result: RunResult
    kept: Promise | None = None


def fuse_file(
    panel: PanelFile,
    *,
    seed_labels: Path | None,
    out: Path,
    method: Method = DEFAULT,
    out_format: TextFormat | None = None,
    target: float | None = None,
    say: Say = quiet,
) -> FusedFile:
    """Read the panel's answers and the human labels, fuse, and write `out`; see `read_panel`.

    With a `target` accuracy `out` has a column accept: labels that may be taken without a look.

    Raises
    ------
    DataError
        When a file is wrong, `out` is one of those that are read, or fewer than two classes are named.
    """
    check_classes(panel.classes)
    keep_inputs(out, [panel.path, seed_labels])
    read = panel.read(say=say)
    given = dict[Use, HumanLabels]()
    if seed_labels is not None:
        seed_format = TextFormat(encoding=panel.text_format.encoding)  # the delimiter is that of the answers
        given |= labels_by_use(
            seed_labels, classes=read.classes, ids=read.ids, text_format=seed_format, say=say
        )
    result = fuse_panel(read, given, method=method, say=say).result
    kept = None if target is None else promised(result, target)
    write_labels_of(result, out, kept=kept, text_format=out_format or panel.text_format)
    return FusedFile(result=result, kept=kept)
