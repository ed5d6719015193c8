"""A sentence that only informs, among those that warn."""

from __future__ import annotations


class Note(str):
    """A sentence to be shown as a note; any other sentence of a list of warnings is one."""

    __slots__ = ()
