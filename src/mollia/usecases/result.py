"""What `mollia.fuse` and `mollia.run` give: labels, with what a notebook asks of them next."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mollia.arrays import Classes, Vector
from mollia.data.frames import is_frame, like, with_columns
from mollia.data.hub import is_dataset
from mollia.data.hub import with_columns as with_dataset_columns
from mollia.data.label_columns import beside
from mollia.data.labels_file import label_columns, pool_columns
from mollia.errors import NotEnoughLabels
from mollia.loop.outputs import more_columns, promised, write_outputs
from mollia.loop.result import RunResult
from mollia.quality.evidence import Evidence, FuserChoice
from mollia.quality.label_curve import label_curve
from mollia.quality.panel_labels import labelled
from mollia.quality.target import Promise
from mollia.report import glance
from mollia.report.learning_curve import learning_curve
from mollia.report.report import write_report
from mollia.session.run_folder import REPORT
from mollia.text_format import UTF_8, TextFormat
from mollia.whole_files import as_path

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Result:
    """Labels of n rows and what is known of them; in a notebook it shows the figure, its interval and the next step.

    Every field of `run` can be read here too: `result.estimate`, `result.fused.posterior`, `result.warnings`.

    Parameters
    ----------
    run : RunResult
        All that is known.
    frame : data frame, optional
        The one that came in, which `to_frame` gives back with more columns.
    evidence, fuser : optional
        What the labels were fused from and by, for `plot_learning_curve` without rounds.
    """

    run: RunResult
    frame: object | None = None
    evidence: Evidence | None = None
    fuser: FuserChoice | None = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # a field of the run
        if name.startswith("__") or name in type(self).__slots__:
            raise AttributeError(name)
        return getattr(self.run, name)

    def __dir__(self) -> list[str]:
        return sorted({*super(Result, self).__dir__(), *(each for each in dir(self.run) if each[:1] != "_")})

    def __len__(self) -> int:
        return len(self.run.pool)

    @property
    def label(self) -> Classes:
        """Class numbers (n,), -1 where nobody and nothing could give a label."""
        return np.where(labelled(self.run.source), self.run.fused.label, -1)

    @property
    def labels(self) -> tuple[str | None, ...]:
        """Class names (n,), None where there is no label."""
        return tuple(None if k < 0 else self.run.classes[k] for k in self.label.tolist())

    @property
    def confidence(self) -> Vector:
        """The posterior's maximum, (n,); see `fused.calibrated` for whether it was checked."""
        return self.run.fused.confidence

    def to_frame(self) -> Any:  # noqa: ANN401  # of pandas, polars, pyarrow or datasets
        """Return every column that came in with the columns of labels.csv, as the kind of frame that came in.

        These are label, confidence, calibrated, p_<class>, negative_labels, source and more (docs/outputs.md).
        What came from a file becomes a frame of pandas, polars or pyarrow, the first that is installed.
        """
        kept = pool_columns(self.run.pool)
        added = label_columns(
            self.run.classes, self.run.fused, self.run.source, more=more_columns(self.run), taken=list(kept)
        )
        if self.frame is not None and is_dataset(self.frame):
            return with_dataset_columns(self.frame, added, self.run.classes)
        if self.frame is not None and is_frame(self.frame) and len(self.frame) == len(self):  # type: ignore[arg-type]  # a frame has a length
            return with_columns(self.frame, added)
        return like(self.frame, {**kept, **beside(kept, added)})

    def report(self, path: str | os.PathLike[str] = REPORT, *, target: float | None = None) -> Path:
        """Write the report as one HTML file and return its path; `target` is an accuracy to hold.

        Raises
        ------
        DataError
            When `path` is no path, or the place cannot be written to.
        """
        written = as_path(path, "path")
        write_report(self.run, written, target=target)
        return written

    def write(
        self,
        folder: str | os.PathLike[str],
        *,
        target: float | None = None,
        text_format: TextFormat = UTF_8,
    ) -> Path:
        """Write labels.csv, summary.json and report.html to a folder, and return it.

        With a `target` accuracy labels.csv has a column accept: rows that need no review to hold it.

        Raises
        ------
        DataError
            When a file cannot be written.
        """
        written = as_path(folder, "folder")
        write_run(self.run, written, target=target, text_format=text_format)
        return written

    def plot_calibration(self, ax: Axes | None = None) -> Axes:
        """Draw stated confidence against the share right, and return the Axes; needs the extra `plot`.

        Raises
        ------
        NotEnoughLabels
            When no row may judge the labels.
        MissingExtra
            Without matplotlib.
        """
        from mollia.report.plots import plot_calibration  # noqa: PLC0415  # matplotlib is an extra

        return plot_calibration(self.run, ax)

    def plot_confusion(self, ax: Axes | None = None, *, normalise: bool = True) -> Axes:
        """Draw the true class against the label given, by default as shares of each true class; see `plot_calibration`."""
        from mollia.report.plots import plot_confusion  # noqa: PLC0415  # the same

        return plot_confusion(self.run, ax, normalise=normalise)

    def plot_learning_curve(self, ax: Axes | None = None) -> Axes:
        """Draw how the labels get better, and return the Axes; needs the extra `plot`.

        Of a run: its student after each round. Of fused answers: the share right by the number of human labels, on
        labelled texts that are held out. That fits the method about a dozen times more (a minute for a thousand rows).

        Raises
        ------
        NotEnoughLabels
            When there is nothing to draw.
        MissingExtra
            Without matplotlib.
        """
        from mollia.report.plots import new_axes, plot_labels, plot_rounds  # noqa: PLC0415  # the same

        ax = new_axes(ax)  # before anything is fitted
        curves = learning_curve(self.run)
        if curves:
            return plot_rounds(curves, ax)
        if self.evidence is None or self.fuser is None:
            raise NotEnoughLabels(
                "This run has fewer than two rounds, so there is no curve to draw.",
                hint="Set [query] rounds to 2 or more.",
            )
        return plot_labels(label_curve(self.evidence, self.fuser), ax)

    def _repr_html_(self) -> str:
        return glance.glance(self.run)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.run.name!r}: {glance.line(self.run)}>"


def write_run(
    result: RunResult, folder: Path, *, target: float | None = None, text_format: TextFormat = UTF_8
) -> Promise | None:
    """Write labels.csv, summary.json and report.html to a folder; return what holds a `target` accuracy."""
    kept = None if target is None else promised(result, target)
    write_outputs(result, folder, kept=kept, text_format=text_format)
    write_report(result, folder / REPORT, target=target)
    return kept
