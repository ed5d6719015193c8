"""One outcome for a run, a file and the page: fused labels, where each comes from, and what speaks for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from mollia.arrays import Probs
from mollia.estimate import Estimate
from mollia.honest.cross_fit import CrossFitted
from mollia.people.known_rows import KnownRows
from mollia.quality.estimate import all_labelled_note, cross_fit, figure, students_note
from mollia.quality.evidence import Evidence, FuserChoice
from mollia.quality.judging import Judging, judging_rows
from mollia.quality.panel_labels import PanelLabels, fuse_evidence
from mollia.records import Fused


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is known of a pool's n rows in the end.

    `cross_fitted` (n, K) is the posterior of each human-labelled row from a fuser that did not see its
    label, NaN in all others, None where nothing was cross-fitted; `judging` are the rows the estimate
    rests on; `notes` are sentences for the person.
    """

    known: KnownRows
    labels: PanelLabels
    source: tuple[str, ...]
    cross_fitted: Probs | None
    judging: Judging | None
    estimate: Estimate | None
    notes: tuple[str, ...]

    @property
    def fused(self) -> Fused:
        """The fused labels."""
        return self.labels.fused


def outcome(
    evidence: Evidence,
    fuser: FuserChoice,
    *,
    labels: PanelLabels | None = None,
    held_out: Callable[[], CrossFitted | None] | None = None,
) -> Outcome:
    """Fuse, cross-fit, and judge the labels by the human rows that may judge them.

    `labels` are those of this evidence where it was fused before, `held_out` gives a cross-fitted
    posterior that is kept elsewhere.
    """
    known = evidence.known
    if labels is None:
        labels = fuse_evidence(evidence, fuser)
    refitted = cross_fit(evidence, fuser) if held_out is None else held_out()
    judging = judging_rows(evidence, labels.fused.posterior, refitted)
    estimate = figure(judging, labels.fused, known)
    notes = (*students_note(estimate), *all_labelled_note(known))
    return Outcome(
        known=known,
        labels=replace(labels, fused=replace(labels.fused, notes=(*labels.fused.notes, *notes))),
        source=labels.sources(known, evidence.pool.texts if evidence.has_texts else None),
        cross_fitted=None if refitted is None else refitted.posterior,
        judging=judging,
        estimate=estimate,
        notes=(*labels.fused.notes, *known.conflict_notes, *notes),
    )
