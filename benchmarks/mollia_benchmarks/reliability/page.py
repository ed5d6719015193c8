"""docs/reliability.md: one section per part of the benchmark, each written by the part that measured it."""

from __future__ import annotations

import re
from pathlib import Path

TITLE = "# Reliability\n\nWhat happened when servers, disks and processes failed, each section written by the command that it names.\n"


def write_section(page: Path, name: str, text: str) -> None:
    """Put a section between its marks in the page; the other sections stay, and a missing page is begun."""
    before = page.read_text("utf-8") if page.is_file() else TITLE
    start, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    section = f"{start}\n\n{text.strip()}\n\n{end}"
    marked = re.compile(re.escape(start) + ".*?" + re.escape(end), re.DOTALL)
    after = (
        marked.sub(lambda _: section, before)
        if marked.search(before)
        else f"{before.rstrip()}\n\n{section}\n"
    )
    page.write_text(after, "utf-8")
