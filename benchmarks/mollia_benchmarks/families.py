"""Families of recorded panels: a constant chosen on one member says nothing of how it does on another."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

LONG_WORD = 6  # letters and digits: "banking77" names a data set, "mix" does not


def families(llms: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return each set's family, from the sets' names and their LLMs.

    Two sets are of one family where their names begin alike up to the first "_" or share a long word (they share
    texts then), or where the very same LLMs answered. A family has its first set's name, up to the "_".
    """
    root = {name: name for name in llms}

    def find(name: str) -> str:
        while root[name] != name:
            name = root[name]
        return name

    for first, second in combinations(llms, 2):
        if _alike(first, second) or tuple(llms[first]) == tuple(llms[second]):
            root[find(second)] = find(first)
    return {name: find(name).partition("_")[0] for name in llms}


def members(family_of: Mapping[str, str], names: Collection[str]) -> dict[str, list[str]]:
    """Return the sets among `names` of each family, in their order."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(family_of[name], []).append(name)
    return found


def _alike(first: str, second: str) -> bool:
    words, others = first.split("_"), second.split("_")
    return words[0] == others[0] or any(len(word) >= LONG_WORD for word in set(words) & set(others))
