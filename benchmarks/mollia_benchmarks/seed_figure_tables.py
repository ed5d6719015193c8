"""The tables of `mollia bench seed-figure`, and the page of the docs that holds them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from mollia.errors import DataError
from mollia.people.seed_rows import BATCHES, DOUBT, RANDOM
from mollia_benchmarks.protocol import Scores
from mollia_benchmarks.seed_replay import LESS
from mollia_benchmarks.tables import figure as shown
from mollia_benchmarks.tables import table

KNOWN = (DOUBT, RANDOM, BATCHES, *LESS)
PAGE, SCORES = "benchmarks-rows.md", "seed-figure-scores.json"  # of the repository's docs
BEGIN, END = "<!-- seed-figure -->", "<!-- end of seed-figure -->"
ABLATED = ("without the confidence", "unweighted")
MOST = 3  # one in so many of a pool's rows may be labelled


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Repeat:
    """One repeat: a strategy's labels on one set, cut to `rows`, by a person who errs in `slips` per cent."""

    set: str
    strategy: str
    labels: int
    rows: int
    slips: int
    draw: int

    @property
    def file(self) -> str:
        """The repeat's file name."""
        return f"{self.set}.{self.strategy}.{self.labels}.{self.rows}.{self.slips}.{self.draw}.json"


def write_page(docs: Path, found: Mapping[Repeat, Scores]) -> None:
    """Write the tables to their place in the docs, and the repeats beside the page.

    Raises
    ------
    DataError
        When the page has no place for them.
    """
    page = docs / PAGE
    before, mark, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise DataError(
            f"{page} has no place for the tables.", hint=f"Write {BEGIN} and {END} where they go."
        )
    cells = [
        {**asdict(repeat), "scores": {name: round(value, 4) for name, value in scores.items()}}
        for repeat, scores in found.items()
    ]
    lines = ",\n".join(json.dumps(cell) for cell in cells)
    (docs / SCORES).write_text(f"[\n{lines}\n]\n", "utf-8")
    page.write_text(f"{before}{BEGIN}\n{tables(read_scores(docs))}{END}{after}", "utf-8")


def read_scores(docs: Path) -> dict[Repeat, Scores]:
    """Return the repeats that lie beside the page."""
    cells = json.loads((docs / SCORES).read_text("utf-8"))
    return {Repeat(**{k: v for k, v in cell.items() if k != "scores"}): cell["scores"] for cell in cells}


def held(folder: Path) -> dict[Repeat, Scores]:
    """Return all repeats that a folder holds."""
    found: dict[Repeat, Scores] = {}
    for file in sorted(folder.glob("*.json")):
        cell = json.loads(file.read_text("utf-8"))
        scores = cell.pop("scores")
        found[Repeat(**cell)] = scores
    return found


def tables(found: Mapping[Repeat, Scores]) -> str:
    """Return the tables as markdown: the figure and the gain over all sets, by set, and by ablation."""
    pairs = _paired(found)
    return "\n".join([_overall(pairs), _by_set(pairs), _ablation(pairs)])


Pairs = Mapping[tuple[str, int, int, int], Mapping[str, list[tuple[Scores, Scores | None]]]]


def _paired(found: Mapping[Repeat, Scores]) -> Pairs:
    """Return, by strategy, rows, slips and labels, and by set, each repeat beside the same draw's random rows."""
    out: dict[tuple[str, int, int, int], dict[str, list[tuple[Scores, Scores | None]]]] = {}
    for repeat in sorted(found, key=_order):
        key = (repeat.strategy, repeat.rows, repeat.slips, repeat.labels)
        pair = (found[repeat], found.get(replace(repeat, strategy=RANDOM)))
        out.setdefault(key, {}).setdefault(repeat.set, []).append(pair)
    return out


def _order(repeat: Repeat) -> tuple[int, int, int, int, str, int]:
    return repeat.rows, repeat.slips, repeat.labels, KNOWN.index(repeat.strategy), repeat.set, repeat.draw


def _line(by_set: Mapping[str, list[tuple[Scores, Scores | None]]], name: str = "printed") -> list[str]:
    """Return repeats, coverage, width, width beside random rows, mean error and gains of one line."""
    several = [pair for pairs in by_set.values() for pair in pairs if f"{name}: covers" in pair[0]]
    both = [(mine, other) for mine, other in several if other is not None]
    covers = [mine[f"{name}: covers"] for mine, _ in several]
    off = np.array([mine[f"{name}: off"] for mine, _ in several])
    wider = [
        np.mean(
            [
                mine[f"{name}: width"]
                for mine, other in pairs
                if other is not None and f"{name}: width" in mine
            ]
        )
        / np.mean([other["printed: width"] for _, other in pairs if other is not None])
        for pairs in by_set.values()
        if any(other is not None for _, other in pairs)
    ]
    gains = [
        shown(*_spread([100 * (mine[what] - other[what]) for mine, other in both])) if both else ""
        for what in ("open", "taught")
    ]
    return [
        str(len(several)),
        shown(float(np.mean(covers))),
        shown(float(np.mean([mine[f"{name}: covers the people"] for mine, _ in several]))),
        shown(float(np.mean([mine[f"{name}: width"] for mine, _ in several]))),
        shown(float(np.mean(wider))) if wider else "",
        shown(float(off.mean()), float(off.std())),
        *(_mean(several, f"{what}: covers") for what in ("LLMs", "classes")),
        *gains,
    ]


def _mean(several: Sequence[tuple[Scores, Scores | None]], name: str) -> str:
    known = [mine[name] for mine, _ in several if name in mine]
    return shown(float(np.mean(known))) if known else ""


def _spread(values: Sequence[float]) -> tuple[float, float]:
    return float(np.mean(values)), float(np.std(values))


COLUMNS = (
    "repeats",
    "covers",
    "covers, by the person",
    "width",
    "width / random",
    "figure - truth",
    "LLMs cover",
    "classes cover",
    "gain (points)",
    "taught (points)",
)


def _overall(pairs: Pairs) -> str:
    rows = [[_named(key), *_line(by_set)] for key, by_set in pairs.items()]
    return table(["all sets", *COLUMNS], rows)


def _by_set(pairs: Pairs) -> str:
    rows = [
        [f"{name}, {_named(key)}", *_line({name: several})]
        for key, by_set in pairs.items()
        for name, several in by_set.items()
        if key[0] in {DOUBT, RANDOM}
    ]
    return table(["by set", *COLUMNS], rows)


def _ablation(pairs: Pairs) -> str:
    rows = [
        [f"{_named(key)}, {name}", *_line(by_set, name)[:6]]
        for key, by_set in pairs.items()
        if key[0] == DOUBT
        for name in ("printed", *ABLATED)
    ]
    return table(["parts of the figure", *COLUMNS[:6]], rows)


def _named(key: tuple[str, int, int, int]) -> str:
    strategy, rows, slips, labels = key
    errs = f", the person errs in {slips} %" if slips else ""
    return f"{strategy}, {labels} labels of {rows:,} rows{errs}"
