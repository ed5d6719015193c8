"""Work that is worth some time and no more."""

from __future__ import annotations


class OutOfTime(Exception):  # no error of a person: what was done so far is used
    """The time that some work was allowed is over, or would not be enough; says so in one sentence."""
