"""How far LLMs agree with each other, and people with each other, beyond chance."""

from __future__ import annotations

import numpy as np

from mollia.loop.result import RunResult
from mollia.people.agreement import Agreement, agreement_among
from mollia.quality.gold_scores import llm_labels
from mollia.randomness import generator
from mollia.report.numbers import count

MOST_ROWS = 20_000  # of a large pool: the figure moves by less than a hundredth


def sentences(result: RunResult) -> list[str]:
    """Return one sentence on the LLMs and one on the people, where two or more gave labels to the same rows."""
    own = llm_labels(result.panel)
    sampled = len(own) > MOST_ROWS
    if sampled:
        own = own[generator(0, "agreement").choice(len(own), MOST_ROWS, replace=False)]
    among_llms = agreement_among(own)
    out = []
    if among_llms is not None:
        where = f"{count(among_llms.rows, 'row')}{' drawn at random' if sampled else ''}"
        out.append(_sentence(among_llms, "LLMs", where))
    if result.people is not None:
        out.append(_sentence(result.people, "people", count(result.people.rows, "row")))
    return out


def _sentence(found: Agreement, who: str, where: str) -> str:
    alpha = float(np.round(found.alpha, 2)) + 0.0
    return (
        f"Agreement among the {found.labellers} {who}: Krippendorff's alpha {alpha:.2f} (nominal), on {where} that two or "
        "more of them labelled; 1 is full agreement, 0 what chance would give."
    )
