"""What each LLM did: answered, agreed, was right on rows that speak for the pool; and where the panel disagrees most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Classes, Floats, Mask, Rows, one_hot
from mollia.content import on_the_web
from mollia.errors import DataError
from mollia.estimate import Estimate
from mollia.honest.intervals import wilson
from mollia.honest.prediction_powered import weighted_share
from mollia.images import thumbnail
from mollia.loop.result import RunResult
from mollia.quality.gold_scores import llm_labels
from mollia.records import Pool
from mollia.report.numbers import count, percent, shorten

CONSTANT = 0.98  # of the answers name one class
OFTEN = 0.05  # of the asked rows without a usable answer are worth a note


@dataclass(frozen=True, slots=True, kw_only=True)
class LLMRow:
    """One line of the per-LLM table; `agreement` is NaN without answers on panel rows.

    `on_seed` is its share right on the rows that may judge (`quality.judging`): never on rows picked for being hard;
    `on_gold` the same on the rows with gold that nobody labelled. Both count the rows that it answered.
    """

    name: str
    asked: int
    answered: int
    agreement: float
    on_seed: Estimate | None
    on_gold: Estimate | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One text on which the panel is split; `votes` are (class, LLMs), most votes first."""

    id: str
    text: str
    label: str
    confidence: float
    votes: tuple[tuple[str, tuple[str, ...]], ...]
    silent: tuple[str, ...]
    picture: str = ""  # a data URL of an image made small


def seed_rows(result: RunResult) -> tuple[Rows, Classes]:
    """Return the positions in the pool of the human-labelled rows, and their labels."""
    return result.pool.rows_of(result.seed.ids), result.seed.y


def llm_table(result: RunResult) -> list[LLMRow]:
    """Return one line per LLM, in the panel's order."""
    own = llm_labels(result.panel)  # (n, N)
    human = None if result.judging is None else result.judging.speaking
    rows = np.zeros(0, np.int64) if human is None else human.rows
    gold: Mask = (result.pool.gold >= 0) & ~result.fused.human
    out = []
    for column, name in enumerate(result.panel.llms):
        asked = result.panel.asked[:, column]
        answered: Mask = asked & (own[:, column] >= 0)
        on_panel = answered & ~result.fused.human
        judged = answered[rows]
        agreement = (
            float((own[on_panel, column] == result.fused.label[on_panel]).mean())
            if on_panel.any()
            else float("nan")
        )
        on_seed = None
        if human is not None and judged.any():
            weight = None if human.share is None else human.share[judged]
            on_seed = weighted_share(own[rows[judged], column] == human.y[judged], weight)
        scored = gold & answered
        right = own[scored, column] == result.pool.gold[scored]
        notes = _notes(result, own[answered, column], int(asked.sum()), result.problems.get(name, {}))
        out.append(
            LLMRow(
                name=name,
                asked=int(asked.sum()),
                answered=int(answered.sum()),
                agreement=agreement,
                on_seed=on_seed,
                on_gold=wilson(int(right.sum()), len(right)) if len(right) else None,
                notes=notes,
            )
        )
    return out


def _notes(result: RunResult, said: Classes, asked: int, problems: Mapping[str, int]) -> tuple[str, ...]:
    notes = []
    if asked and not len(said):
        notes.append("never gives a usable answer")
    elif asked and 1 - len(said) / asked > OFTEN:
        notes.append(f"no usable answer to {percent(1 - len(said) / asked, 0)} of its rows")
    if len(said):
        most = np.bincount(said, minlength=len(result.classes))
        if most.max() >= CONSTANT * len(said) and len(said) > 1:
            notes.append(f"almost always says “{result.classes[int(most.argmax())]}”")
    notes += [f"{problem}: {count(times)}" for problem, times in problems.items() if times]
    return tuple(notes)


def split_rows(result: RunResult, most: int) -> Rows:
    """Return the positions of the rows nobody labelled on which the panel is most split.

    By the entropy of the votes, then by low confidence; one row per text; unanimous rows never.
    """
    own = llm_labels(result.panel)
    n, n_llms = own.shape
    votes: Floats = np.zeros((n, len(result.classes)))  # (n, K)
    for llm in range(n_llms):
        votes += one_hot(own[:, llm], len(result.classes))
    share = votes / np.maximum(votes.sum(1, keepdims=True), 1)
    entropy = -(share * np.log(np.maximum(share, 1e-12))).sum(1)
    order = np.lexsort((result.fused.confidence, -np.round(entropy, 6)))
    chosen: list[int] = []
    seen: set[str] = set()
    for row in order.tolist():
        if len(chosen) == most or entropy[row] <= 1e-9:  # noqa: PLR2004  # rounding noise: all agree
            break
        if result.fused.human[row] or result.pool.texts[row].strip() in seen:
            continue
        seen.add(result.pool.texts[row].strip())
        chosen.append(row)
    return np.array(chosen, np.int64)


def _picture(pool: Pool, row: int) -> str:
    """Return a row's image made small, "" where it has none, or its file is gone by now."""
    if pool.content != "image" or not pool.texts[row].strip() or on_the_web(pool.texts[row]):
        return ""
    try:
        return thumbnail(pool.texts[row])
    except DataError:
        return ""


def disagreements(result: RunResult, most: int = 8) -> list[Disagreement]:
    """Return the texts on which the panel disagrees most, with every LLM's vote."""
    own = llm_labels(result.panel)
    out = []
    for row in split_rows(result, most).tolist():
        by_class: dict[int, list[str]] = {}
        silent = []
        for column, name in enumerate(result.panel.llms):
            if own[row, column] >= 0:
                by_class.setdefault(int(own[row, column]), []).append(name)
            elif result.panel.asked[row, column]:
                silent.append(name)
        ordered = sorted(by_class.items(), key=lambda item: (-len(item[1]), item[0]))
        out.append(
            Disagreement(
                id=result.pool.ids[row],
                text=shorten(result.pool.shown[row]),
                label=result.classes[int(result.fused.label[row])],
                confidence=float(result.fused.confidence[row]),
                votes=tuple((result.classes[k], tuple(names)) for k, names in ordered),
                silent=tuple(silent),
                picture=_picture(result.pool, row),
            )
        )
    return out
