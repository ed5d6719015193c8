"""The points of a run's learning curve."""

from __future__ import annotations

from collections.abc import Mapping

from mollia.loop.curve import ACCURACY, AGREES
from mollia.loop.result import RunResult
from mollia.report.methods import option
from mollia.report.panel_table import seed_rows

Points = list[tuple[float, float]]  # rows learned from, share


def learning_curve(result: RunResult) -> Mapping[str, Points]:
    """Return the student's curve (accuracy where gold exists, else agreement with the panel), beside random rows.

    Empty where it has fewer than two points.
    """
    learned = len(seed_rows(result)[0])
    mine: dict[str, Points] = {ACCURACY: [], AGREES: []}
    for round_ in result.rounds:
        learned += len(round_.asked)
        for name, points in mine.items():
            if name in round_.scores:
                points.append((float(learned), round_.scores[name]))
    main = ACCURACY if mine[ACCURACY] else AGREES
    if len(mine[main]) < 2:  # noqa: PLR2004  # one point is not a curve
        return {}
    strategy = str(option(result.settings, "query", "strategy") or "the query strategy")
    shown = {f"{main}, rows picked by {strategy}": mine[main]}
    baseline = [(float(rows), scores[main]) for rows, scores in result.at_random if main in scores]
    if baseline:
        shown[f"{main}, rows drawn at random"] = baseline
    if main == ACCURACY and mine[AGREES]:
        shown[AGREES] = mine[AGREES]
    return shown
