"""What a person should know before trusting a run, one sentence each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from mollia.data import duplicates
from mollia.data.label_columns import EMPTY_TEXT, FAILED, PANEL
from mollia.note import Note
from mollia.people.changed_audit import changed_note
from mollia.people.known_rows import NAMED, some
from mollia.quality.completeness import HALF, Completeness, named_instead, won_beside
from mollia.quality.gold_scores import llm_labels
from mollia.quality.labels_in_panel import never_wrong
from mollia.records import Fused
from mollia.session.parts import Parts

ONE_CLASS = 0.98  # an LLM that gives one class to more of its rows is named
MANY = 0.02  # of the rows are copies: worth a sentence


def warnings(
    parts: Parts, fused: Fused, source: Sequence[str], found: Completeness, *, before: Sequence[str]
) -> tuple[str, ...]:
    """Return the sentences, the weightiest first: what keeps the run from being complete, what the rounds said `before`."""
    notes = [
        *found.lacking,
        *before,
        *_failed(parts, source),
        *_human(parts),
        *_leaked(parts),
        *never_wrong(parts.panel(), parts.known.y),
        *changed_note(parts.store),
    ]
    read, shown = parts.panel_read(), np.flatnonzero(parts.shown)
    by_panel = np.array([source[row] == PANEL for row in shown.tolist()], bool)
    notes += [*named_instead(read), *won_beside(read, fused.label[shown], by_panel)]
    notes += [
        *_llms(parts, {each.llm for each in found.failed}),
        *fused.notes,
        *_copies(parts),
        *map(Note, parts.notes),
    ]
    return tuple(dict.fromkeys(notes))


def _failed(parts: Parts, source: Sequence[str]) -> list[str]:
    failed, empty = (
        [id_ for id_, where in zip(parts.pool.ids, source, strict=True) if where == lacking]
        for lacking in (FAILED, EMPTY_TEXT)
    )
    said = []
    if failed:
        said.append(
            f"{len(failed)} of {len(source)} rows have no label, because no LLM gave a usable answer: "
            f"{some(failed)}. Run again to ask once more, or label them yourself."
        )
    if empty:
        said.append(
            f"{len(empty)} of {len(source)} rows have no label, because they have no text: {some(empty)}."
        )
    return said


def _human(parts: Parts) -> list[str]:
    if not parts.known.labelled.any():
        return [
            "There are no human labels: every confidence is uncalibrated and there is no accuracy figure."
        ]
    return [*parts.known.conflict_notes]


def _leaked(parts: Parts) -> list[str]:
    """Name audit rows whose text, or nearly it, also trained."""
    audit = set(parts.people.by_use["audit"].ids)
    rows = np.flatnonzero([id_ in audit for id_ in parts.pool.ids])
    if not len(rows):
        return []
    numbers = duplicates.near(parts.pool.texts)
    exact = parts.known.known[rows]
    alike = np.isin(numbers[rows], numbers[parts.known.labelled]) & ~exact
    notes = []
    if exact.any():
        notes.append(
            f"{int(exact.sum())} audit rows have a text that also trained and do not score: "
            f"{some(parts.pool.ids_of(rows[exact]))}."
        )
    if alike.any():
        notes.append(
            f"{int(alike.sum())} audit rows differ from a row that trained only in case, digits or punctuation "
            f"({some(parts.pool.ids_of(rows[alike]))}); the figure may be a little too good."
        )
    return notes


def _copies(parts: Parts) -> list[str]:
    """Say how many rows repeat another one's text, or nearly do."""
    texts = parts.pool.texts
    n, different = len(texts), int(parts.groups.max(initial=-1)) + 1
    nearly = int(duplicates.near(texts).max(initial=-1)) + 1
    notes = []
    if n - different > MANY * n:
        notes.append(
            f"{n - different} of {n} rows repeat another row's text; each text is asked once and counts once in the "
            "human labels, but every row counts in the shares."
        )
    if different - nearly > MANY * n:
        notes.append(
            f"{different - nearly} texts are near-copies of another (they differ in case, digits or punctuation only); the "
            f"data set is effectively smaller than {n} rows."
        )
    return [*map(Note, notes)]


def _llms(parts: Parts, failed: set[str]) -> list[str]:
    """Name LLMs that are odd, leaving out those that have `failed`, of which more is said elsewhere."""
    panel, read, notes = parts.panel(), parts.panel_read(), []
    labels = llm_labels(panel)
    for i, llm in enumerate(panel.llms):
        asked = panel.asked[:, i]
        if not asked.any() or llm in failed:
            continue
        own = labels[asked, i]
        usable = own[own >= 0]
        if len(usable) < HALF * len(own):
            why = Counter(read.problems.get(llm, {})) + Counter(read.unparsed.get(llm, {}))
            reason = f" (mostly: {why.most_common(1)[0][0]})" if why else ""
            notes.append(f"{llm} gave a usable answer to {len(usable)} of {len(own)} rows only{reason}.")
        elif np.bincount(usable).max() > ONE_CLASS * len(usable) and len(usable) >= 2 * NAMED:
            notes.append(f"{llm} answers {parts.classes[np.bincount(usable).argmax()]} almost always.")
        thin = read.thin.get(llm, 0)
        if thin > asked.sum() / 20:
            notes.append(
                f"{llm} puts under 5 % of its probability on the classes in {thin} of {int(asked.sum())} rows: "
                "its next-token probabilities say little; ask it for samples instead."
            )
    return notes
