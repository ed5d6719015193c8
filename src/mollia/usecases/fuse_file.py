"""From a file of LLM answers and a file of human labels to a file of labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mollia.data import duplicates
from mollia.data.human_labels import labels_by_use
from mollia.data.labels_file import COPY, FAILED, HUMAN, PANEL, write_labels
from mollia.data.table import Say, quiet
from mollia.errors import DataError
from mollia.fusion import fuse
from mollia.people.known_rows import known_rows
from mollia.quality.estimate import estimated, figure, students_note
from mollia.quality.gold_scores import FUSED, accuracy, best_llm, disagreement, llm_labels, scored_rows
from mollia.quality.judging import judging_rows
from mollia.quality.target import Promise, promise
from mollia.records import Estimate, Fused, HumanLabels, Use
from mollia.session.panel_file import read_panel
from mollia.session.text_view import TFIDF, WEIGHTS
from mollia.session.text_view import text_view as make_text_view


@dataclass(frozen=True, slots=True, kw_only=True)
class FusedFile:
    """What `fuse_file` wrote, and what it knows of it."""

    llms: tuple[str, ...]
    fused: Fused
    source: tuple[str, ...]
    n_human: int
    estimate: Estimate | None
    kept: Promise | None = None  # what holds the target accuracy, where one was asked for
    scores: Mapping[str, float] = field(default_factory=dict)
    scored_rows: int = 0
    notes: tuple[str, ...] = ()

    @property
    def n_labelled(self) -> int:
        """How many rows have a label."""
        return len(self.source) - Counter(self.source)[FAILED]


def fuse_file(
    panel: Path,
    *,
    classes: Sequence[str],
    seed_labels: Path | None,
    out: Path,
    method: str = "default",
    id: str | None = None,  # noqa: A002  # the column's name everywhere
    text: str | None = None,
    gold: str | None = None,
    llms: Sequence[str] = (),
    encoding: str = "utf-8",
    delimiter: str | None = None,
    bom: bool = False,
    random_state: int | None = 0,
    text_view: str = TFIDF,
    text_model: str = WEIGHTS,
    target: float | None = None,
    say: Say = quiet,
) -> FusedFile:
    """Read the panel's answers and the human labels, fuse, and write `out`; see `read_panel`.

    With a `target` accuracy `out` has a column accept: labels that may be taken without a look.

    Raises
    ------
    DataError
        When a file is wrong or fewer than two classes are named.
    """
    if len(classes) < 2:  # noqa: PLR2004  # a choice needs two
        raise DataError(
            f"--labels names {len(classes)} class{'es' * (len(classes) != 1)}; at least two are needed.",
            hint="Separate the class names by commas: --labels refund,delivery,other",
        )
    read = read_panel(
        panel,
        classes,
        text=text,
        id=id,
        gold=gold,
        llms=llms,
        encoding=encoding,
        delimiter=delimiter,
        say=say,
    )
    pool, answers, texts = read.pool, read.answers, read.texts
    given: Mapping[Use, HumanLabels] = {}
    if seed_labels is not None:
        given = labels_by_use(seed_labels, classes=classes, ids=pool.ids, encoding=encoding, say=say)
    trains = _joined(given)
    groups = duplicates.group(texts) if texts is not None else np.arange(len(pool))
    known = known_rows(pool, trains, groups)
    view, said = None, list[str]()
    if text_view != TFIDF:
        view, sentence = make_text_view(
            text_view, method=method, model=text_model, n_rows=len(pool), random_state=random_state
        )
        said = [sentence] if sentence else []
    fused = fuse(
        answers,
        known.y,
        texts=texts,
        method=method,
        text_view=view,
        classes=classes,
        random_state=random_state,
    )
    usable = np.any(llm_labels(answers) >= 0, axis=1)
    source = np.where(usable, PANEL, FAILED).astype(object)
    source[known.copies], source[known.labelled] = COPY, HUMAN
    own = np.where(known.labelled, known.y, -1)
    cross_fitted, _ = estimated(answers, own, texts, groups, method=method, random_state=random_state)
    judging = judging_rows(given, pool, known, fused.posterior, cross_fitted)
    kept = None
    if target is not None:
        kept = promise(
            judging, fused.posterior, labelled=usable | known.known, human=known.known, target=target
        )
    write_labels(
        out,
        pool,
        classes,
        fused,
        source.tolist(),
        disagreement=disagreement(answers, fused.label),
        accept=None if kept is None else kept.rows,
        encoding=encoding,
        bom=bom,
    )
    scores, rows = {}, scored_rows(pool, known) & usable
    if rows.any():
        scores[FUSED] = accuracy(fused.label, pool.gold, rows)
        best = best_llm(answers, known)
        if best is not None:
            own_label = llm_labels(answers.subpanel([best]))[:, 0]
            scores[f"best single LLM ({best})"] = accuracy(own_label, pool.gold, rows)
    conflicts = tuple(
        f"Rows with the same text have different human labels: {', '.join(ids)}." for ids in known.conflicts
    )
    estimate = figure(judging, fused, known)
    return FusedFile(
        llms=answers.llms,
        fused=fused,
        source=tuple(source.tolist()),
        n_human=len(trains),
        estimate=estimate,
        kept=kept,
        scores=scores,
        scored_rows=int(rows.sum()) if scores else 0,
        notes=(*fused.notes, *conflicts, *said, *students_note(estimate)),
    )


def _joined(given: Mapping[Use, HumanLabels]) -> HumanLabels:
    """Return the labels that train: the seed's, drawn or chosen; those that audit stay out."""
    parts = [labels for use, labels in given.items() if use != "audit"]
    return HumanLabels(
        ids=tuple(id_ for labels in parts for id_ in labels.ids),
        y=np.concatenate([np.zeros(0, np.int64), *(labels.y for labels in parts)]),
        chance=np.concatenate([np.zeros(0), *(labels.chance for labels in parts)]),
    )
