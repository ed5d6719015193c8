"""From a file of LLM answers and a file of human labels to a file of labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from mollia.data import duplicates
from mollia.data.human_labels import labels_by_use
from mollia.data.label_columns import FAILED
from mollia.data.labels_file import write_labels
from mollia.data.table import Say, quiet
from mollia.errors import DataError
from mollia.people.known_rows import known_rows
from mollia.quality.evidence import Evidence, FuserChoice
from mollia.quality.gold_scores import FUSED, accuracy, best_llm, disagreement, llm_labels, scored_rows
from mollia.quality.outcome import outcome
from mollia.quality.panel_labels import fuse_evidence
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
    trains = HumanLabels.joined(labels for use, labels in given.items() if use != "audit")
    groups = duplicates.group(texts) if texts is not None else np.arange(len(pool))
    known = known_rows(pool, trains, groups)
    view, said = None, ""
    if text_view != TFIDF:
        view, said = make_text_view(
            text_view, method=method, model=text_model, n_rows=len(pool), random_state=random_state
        )
    evidence = Evidence(
        pool=pool,
        groups=groups,
        answers=answers,
        texts=texts,
        classes=read.classes,
        labels=given,
        known=known,
    )
    fuser = FuserChoice(method=method, random_state=random_state)
    labels = fuse_evidence(evidence, replace(fuser, text_view=view))
    found = outcome(evidence, fuser, labels=labels.noting(said))
    fused, usable = found.fused, found.labels.usable
    kept = None
    if target is not None:
        kept = promise(found.judging, fused.posterior, labelled=usable, human=known.known, target=target)
    write_labels(
        out,
        pool,
        classes,
        fused,
        found.source,
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
    return FusedFile(
        llms=answers.llms,
        fused=fused,
        source=found.source,
        n_human=len(trains),
        estimate=found.estimate,
        kept=kept,
        scores=scores,
        scored_rows=int(rows.sum()) if scores else 0,
        notes=found.notes,
    )
