"""The fused labels that the students of one draw learn from, made once and kept in a file."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, Mask, Probs, Rows
from mollia.fusion import fuse
from mollia.fusion.mixture import Mixture
from mollia.fusion.negative_labels import share_rule
from mollia.honest.cross_fit import cross_fitted_posterior
from mollia.people.seed_rows import RANDOM
from mollia.session.text_view import TFIDF, text_view
from mollia.student.encoder_size import MINILM
from mollia_benchmarks.exam import Exam, exam
from mollia_benchmarks.fusion import PoolVectors
from mollia_benchmarks.grid import Made, packed
from mollia_benchmarks.protocol import labels_of
from mollia_benchmarks.seed_replay import picked_labels

LABELS = "labels"
PANEL_ROWS = 500


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Labelling:
    """The default fuser's labels of a set's pool, from one draw of human labels.

    `view` is what reads the texts: "tfidf", or a kind of student. `picked` is the strategy of `mollia seed` that
    picked the human rows.
    """

    set: str
    labels: int
    draw: int
    view: str = TFIDF
    picked: str = RANDOM

    @property
    def file(self) -> str:
        """The cell's file name."""
        return f"{self.set}.labels.{marks(self.view, self.picked)}{self.labels}.{self.draw}.json"

    @property
    def made(self) -> str:
        """The file of the labels, under the benchmark's folder."""
        return f"{LABELS}/{self.file.replace('.json', '.npz')}"


def marks(view: str, picked: str) -> str:
    """Return what a file name says of a text view and a strategy that are not the usual ones."""
    return "".join(f"{name}." for name, usual in ((view, TFIDF), (picked, RANDOM)) if name != usual)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Labels of a pool of n rows.

    y (n,) are the human labels, -1 elsewhere; `rows` the human rows and, behind them, the 500 that the panel
    labels; `held_out` (h, K) the human rows' posterior from fusers that did not see their labels.
    """

    y: Classes
    posterior: Probs
    negative: Mask
    held_out: Probs
    rows: Rows

    @property
    def human(self) -> Rows:
        """The human rows, (h,), which `rows` begins with."""
        return np.flatnonzero(self.y >= 0)

    @property
    def held_out_negative(self) -> Mask:
        """Y- (h, K) of the human rows, as if nobody had labelled them."""
        return share_rule(self.held_out)


def label(cell: Labelling, *, data: Path, weights: str | None = None) -> Made:
    """Label a pool, and score the labels where nobody labelled.

    `weights` is where the student of a view starts.
    """
    taken = exam(cell.set, data)
    y = _human(taken, cell)
    make, _ = text_view(cell.view, model=weights or MINILM, n_rows=len(y), random_state=cell.draw)
    fused = fuse(taken.answers, y, texts=taken.texts, random_state=cell.draw, text_view=make)
    quick = Mixture(calibrate=False, n_jobs=1, random_state=cell.draw)
    held_out = cross_fitted_posterior(quick, taken.answers, y, taken.texts, random_state=cell.draw)
    kept = packed(y=y, posterior=fused.posterior, negative=fused.negative, held_out=held_out)
    right = fused.label == taken.gold
    picked = _picked(y, cell.draw)[cell.labels :]
    scores = {"whole pool": float(right[y < 0].mean()), "500 rows": float(right[picked].mean())}
    return Made(scores=scores, files={cell.made: kept})


def _human(taken: Exam, cell: Labelling) -> Classes:
    """Return y (n,): gold in the rows drawn at random, as in every benchmark, or picked by a strategy."""
    if cell.picked == RANDOM:
        return labels_of(taken.gold, cell.labels, cell.draw)
    pool = taken.pool
    return picked_labels(pool, cell.picked, cell.labels, cell.draw, PoolVectors(pool.texts))


def labels(cell: Labelling, kept: bytes) -> Labels:
    """Return the labels that `label` made."""
    with np.load(BytesIO(kept), allow_pickle=False) as arrays:
        found = {name: arrays[name] for name in arrays.files}
    return Labels(**found, rows=_picked(found["y"], cell.draw))


def _picked(y: Classes, draw: int) -> Rows:
    others = np.random.default_rng(draw).permutation(np.flatnonzero(y < 0))[:PANEL_ROWS]
    return np.concatenate([np.flatnonzero(y >= 0), others])
