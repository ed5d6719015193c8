"""Sources as BibTeX, read out of the one line in which each is written ("Authors (year). Title. Where.")."""

from __future__ import annotations

import re
from collections.abc import Sequence

SOURCE = re.compile(r"(?P<authors>.+?) \((?P<year>\d{4})\)\. (?P<title>.+?)\. (?P<where>.+?)\.?$")
ARXIV = re.compile(r"arXiv:(?P<number>\d{4}\.\d{4,5})")
# What stands between two authors: ", and" or ";" or "and", or the comma after an initial.
BETWEEN = re.compile(r"(?:,? and |; |(?<=\.), )")


def bibtex(sources: Sequence[str]) -> str:
    """Return an entry per source that is written in that form, keyed by first author and year."""
    entries, taken = [], set[str]()
    for source in sources:
        found = SOURCE.match(source)
        if found is None:
            continue
        authors = [each.strip() for each in BETWEEN.split(found["authors"]) if each.strip()]
        key = _key(authors[0], found["year"], taken)
        taken.add(key)
        entries.append(_entry(key, authors, found))
    return "\n\n".join(entries)


def _entry(key: str, authors: Sequence[str], found: re.Match[str]) -> str:
    names = [each.removesuffix(" et al.") for each in authors]
    written = " and ".join([*names, *(["others"] if authors[-1].endswith(" et al.") else [])])
    arxiv = ARXIV.search(found["where"])
    where = re.sub(r",? *arXiv:\S+", "", found["where"]).strip(" ,")
    fields = {"author": written, "year": found["year"], "title": f"{{{found['title']}}}"}
    fields |= {"howpublished": where} if where else {}
    fields |= {"eprint": arxiv["number"], "archiveprefix": "arXiv"} if arxiv else {}
    lines = ",\n".join(f"  {name} = {{{_escaped(value)}}}" for name, value in fields.items())
    return f"@misc{{{key},\n{lines}\n}}"


def _key(author: str, year: str, taken: set[str]) -> str:
    surname = re.sub(r"[^a-z]", "", re.split(r"[,\s]", author.lower(), maxsplit=1)[0])
    key = surname + year
    while key in taken:
        key += "b"
    return key


def _escaped(text: str) -> str:
    return re.sub(r"([&%#_])", r"\\\1", text)
