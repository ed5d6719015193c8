"""Words people write on the command line."""

from __future__ import annotations

import csv


def listed(written: str) -> tuple[str, ...]:
    """Return the parts of a list separated by commas; quotes keep a comma inside a part."""
    if not written.strip():
        return ()
    parts = next(csv.reader([written], skipinitialspace=True))
    return tuple(part.strip() for part in parts if part.strip())
