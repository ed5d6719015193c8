"""A short `repr` for values that hold many rows: shapes and numbers in place of contents."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

SHOWN = 6  # of a collection's entries, shown in full
LONGEST = 60  # characters of one entry


def short(record: Any) -> str:  # noqa: ANN401  # any data class
    """Return a data class with arrays as dtype and shape, and collections by their number of entries."""
    said = ", ".join(f"{each.name}={_said(getattr(record, each.name))}" for each in fields(record))
    return f"{type(record).__name__}({said})"


def _said(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape}"
    if isinstance(value, Collection) and not isinstance(value, (str, bytes)):
        whole = repr(value) if len(value) <= SHOWN else ""
        if 0 < len(whole) <= LONGEST:
            return whole
        return f"<{len(value):,} {'keys' if isinstance(value, Mapping) else 'entries'}>"
    written = repr(value)
    return (
        written
        if len(written) <= LONGEST or hasattr(value, "__dataclass_fields__")
        else f"{written[:LONGEST]}…"
    )
