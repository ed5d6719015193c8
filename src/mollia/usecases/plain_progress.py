"""Progress as lines, for a log: what is being done, how fast, how long it will take, and how each LLM does."""

from __future__ import annotations

import sys
from contextlib import suppress

from mollia.progress import LlmProgress
from mollia.report.numbers import duration
from mollia.standing import Standing


def write_line(now: Standing) -> None:
    """Write where work stands to stderr; a log that cannot be written ends no run."""
    with suppress(OSError, ValueError):
        sys.stderr.write(line(now) + "\n")
        sys.stderr.flush()


def line(now: Standing) -> str:
    """Return where work stands in a line."""
    if now.total <= 1:
        return f"{now.stage}: {'done in' if now.over else 'at work for'} {duration(now.seconds)}"
    said = [f"{now.stage}: {now.done:,} of {now.total:,}"]
    if now.seconds >= 1 and now.per_second is not None:
        said.append(pace(now.per_second))
        if now.seconds_left:
            said.append(f"{duration(now.seconds_left)} left")
    elif now.seconds >= 1:
        said.append(f"at work for {duration(now.seconds)}")
    llms = [f"{far.llm} {of_llm(far)}" for far in now.llms]
    return "; ".join([", ".join(said), *llms])


def of_llm(far: LlmProgress) -> str:
    """Return how an LLM does."""
    said = f"{far.done:,} of {far.total:,}"
    return ", ".join([said, *further(far)])


def further(far: LlmProgress) -> list[str]:
    """Return its pace, its failures and what it cost, those that there are."""
    return [
        *([pace(far.per_second)] if far.per_second and far.seconds >= 1 else []),
        *([f"{far.failures:,} failed"] if far.failures else []),
        *([f"{far.money:.2f} money"] if far.money else []),
    ]


def pace(per_second: float) -> str:
    """Return rows a second as it is said, slow ones by the minute."""
    if per_second >= 10:  # noqa: PLR2004  # no digit after the point tells more
        return f"{per_second:,.0f} a second"
    if per_second >= 0.5:  # noqa: PLR2004  # below, minutes say it better
        return f"{per_second:.1f} a second"
    return f"{60 * per_second:.1f} a minute"
