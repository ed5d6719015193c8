"""What `mollia bench seed` says of many sets at once: what choosing rows gains over random ones, and what it costs in calibration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from mollia.people.seed_rows import RANDOM
from mollia_benchmarks.gains import Gain, over_sets
from mollia_benchmarks.protocol import Cell, Scores
from mollia_benchmarks.tables import figure, table

TWO_HUNDREDTHS = 0.02  # of ECE, that chosen rows may cost


def sets_table(scores: Mapping[Cell, Scores], strategies: Sequence[str], stops: Sequence[int]) -> str:
    """Return, for each number of labels and strategy, means over the sets against random rows, and the sets that stand out.

    Named are sets that lose more than half a point, and those whose ECE rises by more than .02, beyond one standard error over the draws.
    """
    lines = []
    for stop in stops:
        for strategy in strategies:
            own = [each for cell, each in scores.items() if cell.method == strategy]
            line = [
                str(stop),
                strategy,
                *(_mean(own, f"{name} {stop}") for name in ("all", "log_loss", "ece")),
            ]
            gained = list(gains(scores, strategy, f"all {stop}"))
            rose = list(gains(scores, strategy, f"ece {stop}"))
            if strategy == RANDOM or not gained:
                lines.append([*line, "", "", "", ""])
                continue
            lost = [each.points for each in gained if each.loses]
            worse = [f"{g.set} {g.mean:+.3f}" for g in rose if g.mean - g.error > TWO_HUNDREDTHS]
            line += [over_sets((each.mean for each in gained), 1), ", ".join(lost) or "none"]
            lines.append([*line, f"{np.mean([each.mean for each in rose]):+.3f}", ", ".join(worse) or "none"])
    head = ["labels", "strategy", "accuracy of all rows", "log loss", "ECE", "points over random"]
    return table([*head, "sets that lose", "ECE over random", "sets above .02"], lines)


def gains(scores: Mapping[Cell, Scores], strategy: str, name: str) -> Iterator[Gain]:
    """Yield, for each set, a score of a strategy less that of random rows in the same draws."""
    found: dict[str, list[float]] = {}
    for cell, each in scores.items():
        random = scores.get(Cell(set=cell.set, method=RANDOM, labels=cell.labels, draw=cell.draw))
        if cell.method == strategy and random is not None:
            found.setdefault(cell.set, []).append(each[name] - random[name])
    for name_, some in found.items():
        yield Gain(set=name_, mean=float(np.mean(some)), error=float(np.std(some) / np.sqrt(len(some))))


def _mean(scores: Sequence[Scores], name: str) -> str:
    return figure(float(np.mean([each[name] for each in scores])))
