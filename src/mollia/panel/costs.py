"""What asking costs: one figure a part, in one unit for the whole panel."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from mollia.errors import DataError, did_you_mean
from mollia.panel.parts import Part, llms_of

Unit = Literal["money", "seconds", "tokens", "calls"]
UNITS: tuple[Unit, ...] = get_args(Unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What one text costs with one LLM, both views together; NaN where it is not known."""

    calls: float = 1.0
    tokens: float = math.nan
    seconds: float = math.nan
    money: float = math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Cost a text of each part, in `unit`; `asking` keeps all that is known of each LLM."""

    unit: Unit
    by_part: Mapping[Part, float]
    asking: Mapping[str, Asking]

    def of(self, parts: Iterable[Part]) -> float:
        """Return what asking these parts about one text costs."""
        return sum(self.by_part[part] for part in parts)

    @property
    def whole(self) -> float:
        """What asking all parts costs."""
        return self.of(self.by_part)


def make_costs(
    parts: Sequence[Part],
    asking: Mapping[str, Asking],
    *,
    samples: Mapping[str, int],
    unit: str | None = None,
) -> Costs:
    """Share each LLM's cost out to its parts: of 1 + T readings of the text, z takes one and c takes T.

    Without a `unit`, the first of money, seconds, tokens that is known and above 0 for every LLM
    counts, else calls.

    Raises
    ------
    DataError
        When the unit is not known, or not measured for every LLM.
    """
    llms = llms_of(parts)
    known = [name for name in UNITS if all(_positive(asking[llm], name) for llm in llms)]
    if unit is not None and unit not in UNITS:
        raise DataError(
            f'There is no unit of cost "{unit}".{did_you_mean(unit, UNITS)}',
            hint=f"Known: {', '.join(UNITS)}.",
        )
    if unit is not None and unit not in known:
        without = [llm for llm in llms if not _positive(asking[llm], unit)]
        raise DataError(
            f"The panel's cost in {unit} is not known for: {', '.join(without)}.",
            hint=f"Known for all: {', '.join(known)}. Prices stand in the task as price_in and price_out.",
        )
    chosen = next(name for name in UNITS if name == unit or (unit is None and name in known))
    by_part = {}
    for part in parts:
        readings = {"z": 1, "c": max(samples.get(part.llm, 1), 1)}
        own = {other.view for other in parts if other.llm == part.llm}
        share = readings[part.view] / sum(readings[view] for view in own)
        by_part[part] = share * float(getattr(asking[part.llm], chosen))
    return Costs(unit=chosen, by_part=by_part, asking=dict(asking))


def _positive(asking: Asking, unit: str) -> bool:
    return float(getattr(asking, unit)) > 0  # NaN is not
