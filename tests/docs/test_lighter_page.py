"""README's table of lighter panels is taken from the page of benchmarks."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (
    (ROOT / "docs" / "benchmarks-panel.md").read_text("utf-8").split("## Lighter panels")[1].split("\n## ")[0]
)
README = (ROOT / "README.md").read_text("utf-8").split("### How little need be asked?")[1].split("\n## ")[0]


def rows(text):
    """The cells of a table by the first of them."""
    found = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in re.findall(r"^\|.*\|$", text, re.MULTILINE)
    ]
    return {cells[0]: cells[1:] for cells in found}


def test_the_readme_gives_the_pages_figures():
    page, readme = rows(PAGE), rows(README)
    assert page["asked"] == [
        "accuracy", "points from all", "answers per text", "tokens per text", "seconds per text", "share of the seconds",
    ]  # fmt: skip
    shown = {name: cells for name, cells in readme.items() if name in page and name not in {"asked", "---"}}
    assert len(shown) == len(readme) - 2 > 5
    for name, cells in shown.items():
        assert cells == [page[name][at] for at in (0, 3, 4)]


def test_shares_are_of_the_whole_panels_seconds():
    page = rows(PAGE)
    whole = float(page["every model in every way"][4])
    for name, cells in page.items():
        if name not in {"asked", "---"}:
            assert abs(float(cells[4]) / whole - float(cells[5].rstrip("%")) / 100) < 0.01
