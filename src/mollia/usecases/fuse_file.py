"""From a file of LLM answers and a file of human labels to a file of labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from mollia.arrays import Mask
from mollia.data import duplicates
from mollia.data.human_labels import labels_by_use
from mollia.data.labels_file import MoreColumns, write_labels
from mollia.data.table import Say, quiet
from mollia.errors import DataError
from mollia.estimate import Estimate
from mollia.people.known_rows import KnownRows, known_rows
from mollia.quality.completeness import Completeness, completeness, named_instead, rows_labelled, won_beside
from mollia.quality.evidence import Evidence, FuserChoice
from mollia.quality.gold_scores import FUSED, accuracy, best_llm, disagreement, llm_labels, scored_rows
from mollia.quality.outcome import outcome
from mollia.quality.panel_labels import fuse_evidence, labelled
from mollia.quality.target import Promise, promise
from mollia.records import Fused, HumanLabels, Use
from mollia.session.panel_file import Panel, PanelFile
from mollia.session.text_view import TFIDF, WEIGHTS
from mollia.session.text_view import text_view as make_text_view
from mollia.text_format import TextFormat
from mollia.whole_files import keep_inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class FusedFile:
    """What `fuse_file` wrote, and what it knows of it."""

    llms: tuple[str, ...]
    fused: Fused
    source: tuple[str, ...]
    completeness: Completeness
    n_human: int
    estimate: Estimate | None
    kept: Promise | None = None  # what holds the target accuracy, where one was asked for
    scores: Mapping[str, float] = field(default_factory=dict)
    scored_rows: int = 0
    notes: tuple[str, ...] = ()

    @property
    def n_labelled(self) -> int:
        """How many rows have a label."""
        return int(labelled(self.source).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How the answers are fused: a registered fuser, and the view of the texts it takes (see `text_view`)."""

    name: str = "default"
    text_view: str = TFIDF
    text_model: str = WEIGHTS
    random_state: int | None = 0


DEFAULT = Method()


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
    _check_classes(panel.classes)
    keep_inputs(out, [panel.path, seed_labels])
    read = panel.read(say=say)
    seed_format = TextFormat(encoding=panel.text_format.encoding)  # the delimiter is that of the answers
    evidence = _evidence(read, seed_labels, seed_format, say)
    pool, answers, known = evidence.pool, evidence.answers, evidence.known
    for sentence in named_instead(read.read):
        say(sentence)
    fuser, note = _fuser(method, len(pool))
    labels = fuse_evidence(evidence, fuser)
    found = outcome(evidence, replace(fuser, text_view=None), labels=labels.noting(note))
    fused, usable = found.fused, found.labels.usable
    kept = None
    if target is not None:
        kept = promise(found.judging, fused.posterior, labelled=usable, human=known.known, target=target)
    write_labels(
        out,
        pool,
        panel.classes,
        fused,
        found.source,
        more=MoreColumns(
            disagreement=disagreement(answers, fused.label, read.read.names_none),
            accept=None if kept is None else kept.rows,
        ),
        text_format=out_format or panel.text_format,
    )
    scores, rows = _scores(read, fused, known, usable)
    return FusedFile(
        llms=answers.llms,
        fused=fused,
        source=found.source,
        completeness=completeness(read.read, rows_labelled(usable, read.texts)),
        n_human=len(_training(evidence.labels)),
        estimate=found.estimate,
        kept=kept,
        scores=scores,
        scored_rows=rows,
        notes=(*won_beside(read.read, fused.label, usable & ~known.known), *found.notes),
    )


def _check_classes(classes: Sequence[str]) -> None:
    if len(classes) < 2:  # noqa: PLR2004  # a choice needs two
        raise DataError(
            f"--labels names {len(classes)} class{'es' * (len(classes) != 1)}; at least two are needed.",
            hint="Separate the class names by commas: --labels refund,delivery,other",
        )


def _evidence(read: Panel, seed_labels: Path | None, text_format: TextFormat, say: Say) -> Evidence:
    """Return the answers with what people said of their rows."""
    pool, given = read.pool, dict[Use, HumanLabels]()
    if seed_labels is not None:
        given |= labels_by_use(
            seed_labels, classes=read.classes, ids=pool.ids, text_format=text_format, say=say
        )
    groups = duplicates.group(read.texts) if read.texts is not None else np.arange(len(pool))
    return Evidence(
        pool=pool,
        groups=groups,
        answers=read.answers,
        has_texts=read.texts is not None,
        classes=read.classes,
        labels=given,
        known=known_rows(pool, _training(given), groups),
    )


def _training(given: Mapping[Use, HumanLabels]) -> HumanLabels:
    return HumanLabels.joined(labels for use, labels in given.items() if use != "audit")


def _fuser(method: Method, n_rows: int) -> tuple[FuserChoice, str]:
    """Return the fuser with its view of the texts, and a sentence on the choice."""
    view, note = None, ""
    if method.text_view != TFIDF:
        view, note = make_text_view(
            method.text_view,
            method=method.name,
            model=method.text_model,
            n_rows=n_rows,
            random_state=method.random_state,
        )
    return FuserChoice(method=method.name, random_state=method.random_state, text_view=view), note


def _scores(panel: Panel, fused: Fused, known: KnownRows, usable: Mask) -> tuple[dict[str, float], int]:
    """Return accuracies on the rows with gold that nobody labelled, and how many those are."""
    rows = scored_rows(panel.pool, known.known) & usable
    if not rows.any():
        return {}, 0
    scores = {FUSED: accuracy(fused.label, panel.gold, rows)}
    best = best_llm(panel.answers, known)
    if best is not None:
        own_label = llm_labels(panel.answers.subpanel([best]))[:, 0]
        scores[f"best single LLM ({best})"] = accuracy(own_label, panel.gold, rows)
    return scores, int(rows.sum())
