"""The methods paragraph: what was done, in plain English, with citations."""

from __future__ import annotations

from collections.abc import Mapping

from mollia.about import About
from mollia.citations import CLOPPER, LURE, MOLLIA, NEGATIVE, PPI, RAJ, TEMPERATURE, WILSON
from mollia.honest.prediction_powered import WEIGHTED
from mollia.loop.result import RunResult
from mollia.registry import about, names
from mollia.report.numbers import count
from mollia.report.panel_table import seed_rows

LOOP, MIXTURE = "active learning with a mixture of LLMs in the loop", "a mixture of LLMs"


def option(settings: Mapping[str, object], table: str, key: str) -> object:
    """Return a setting of the task, None where it is not said."""
    inside = settings.get(table)
    return inside.get(key) if isinstance(inside, Mapping) else None


class Cited:
    """Numbers sources in the order in which the text first names them."""

    def __init__(self) -> None:
        self.order: list[str] = []

    def __call__(self, *sources: str) -> str:
        """Return ` [1, 2]` for sources, adding them when new."""
        for source in sources:
            if source not in self.order:
                self.order.append(source)
        return f" [{', '.join(str(self.order.index(source) + 1) for source in sources)}]" if sources else ""


def methods(result: RunResult) -> tuple[list[str], list[str]]:
    """Return the methods as sentences, and the sources they cite in order."""
    cite = Cited()
    n_human = len(seed_rows(result)[0])
    said = [
        (
            f"{count(len(result.pool), 'text')} were labelled with {count(len(result.classes), 'class', 'classes')} "
            f"by {LOOP if result.rounds else MIXTURE}{cite(MOLLIA)}, as implemented in mollia."
        ),
        f"The panel had {count(len(result.panel.llms), 'LLM')} ({', '.join(result.panel.llms)})"
        + (
            f"; people labelled {count(n_human, 'row')}." if n_human else "; no row was labelled by a person."
        ),
        *result.completeness.lacking,
    ]
    method = result.fused.method
    fuser = about("fuser", method) if method in names("fuser") else About()
    said.append(
        f"{fuser.method or f'Their answers were fused by the method “{method}”'}{cite(*fuser.sources)}."
    )
    said.append(
        f"Confidences were scaled by a temperature fitted by cross-validation on the human labels"
        f"{cite(TEMPERATURE)}."
        if result.fused.calibrated
        else "The confidences were not checked against human labels: they are uncalibrated."
    )
    said += _loop(result, cite)
    said += _figures(result, cite)
    return said, cite.order


def _loop(result: RunResult, cite: Cited) -> list[str]:
    rounds = [r for r in result.rounds if r.asked]
    if not rounds:
        return []
    strategy = str(option(result.settings, "query", "strategy") or "")
    known = about("query", strategy) if strategy in names("query") else About()
    how = known.method or f"by {strategy or 'the query strategy'}"
    sizes = sorted({len(r.asked) for r in rounds})
    batch = f"{sizes[0]}" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
    said = [
        (
            f"A small text classifier (the student) was trained on the soft labels over "
            f"{count(len(rounds), 'round')} of {batch} rows, picked {how}"
            f"{cite(*known.sources)}."
        )
    ]
    if result.stopped:
        said.append(result.stopped)
    if any(r.alpha != 1 for r in rounds):
        said.append(
            f"Rows on which the student and the fused label differed weighed "
            f"{rounds[-1].alpha:g}{cite(MOLLIA)}."
        )
    if any(r.lambda_ for r in rounds):
        said.append(
            f"Classes that a text almost surely is not entered the loss as negative labels, with a weight "
            f"growing from {rounds[0].lambda_:g} to {rounds[-1].lambda_:g}{cite(NEGATIVE, MOLLIA)}."
        )
    return said


def _figures(result: RunResult, cite: Cited) -> list[str]:
    e = result.estimate
    said = []
    if e is None:
        said.append("No accuracy is claimed.")
    else:
        if WEIGHTED in e.method:
            said.append(
                "People labelled rows in batches drawn with known, unequal chances; each counts for the rows it stands "
                f"for{cite(RAJ, LURE)}."
            )
        source = (
            PPI
            if "PPI" in e.method or "prediction-powered" in e.method
            else CLOPPER
            if "Clopper" in e.method or "hypergeometric" in e.method
            else WILSON
        )
        said.append(
            f"Accuracy was estimated from {count(e.n_human, 'human-labelled row')} ({e.method}){cite(source)}; "
            "no row that trained or chose anything scored it other than through cross-fitting."
        )
    if result.scores:
        said.append(
            f"Scores against gold come from the {count(result.scored_rows, 'row')} that nobody labelled, with "
            f"Wilson intervals{cite(WILSON)}; gold was used for nothing else."
        )
    return said
