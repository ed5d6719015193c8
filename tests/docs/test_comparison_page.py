"""The losses that docs/comparison.md tells are those of the pages they come from."""

from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
LOSSES = " ".join((DOCS / "comparison.md").read_text("utf-8").split("## Losses")[1].split())


def loss(start):
    return next(each for each in LOSSES.split(" - **") if each.startswith(start))


def row(page, start):
    """The cells of the first line of a table that begins with these."""
    line = next(
        each for each in (DOCS / page).read_text("utf-8").splitlines() if each.startswith(f"| {start}")
    )
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_what_priors_bring_is_what_their_page_measured():
    said = loss("Knowing the LLMs")
    at_0, *later = (row("priors.md", f"{n} | 27") for n in (0, 20, 50))
    assert f"changed accuracy by {points(at_0)} points at 0 human labels" in said
    for cells, n in zip(later, (20, 50), strict=True):
        assert f"{points(cells)} at {n}" in said
    assert f"over {at_0[1]} panels" in said
    page = (DOCS / "priors.md").read_text("utf-8").split("| set | 0 labels |")[1].split("\n\n")[0]
    by_set = {line.split("|")[1].strip(): float(line.split("|")[2]) for line in page.splitlines()[2:]}
    worst = min(by_set, key=by_set.get)
    assert f"on {worst} they cost {-by_set[worst]:.1f} without labels" in said


def points(cells):
    value = float(cells[5].split()[0])
    return f"{'-' if value < 0 else '+'} {abs(value):.1f}".replace("0.", ".").replace("- ", "-")


def test_what_carried_labels_bring_is_what_their_page_measured():
    said = loss("A finished task")
    carried = row("new-domain.md", "20, carried at a tenth where")[1]
    afresh = row("new-domain.md", "50 afresh")[1]
    assert f"carried labels came to {carried}, 50 labels from scratch to {afresh}" in said


def test_what_asking_less_costs_is_what_the_benchmark_measured():
    said = loss("Asking less")
    cells = row("benchmarks-panel.md", "every way about a quarter of the rows")
    assert float(cells[2].split()[0]) == pytest.approx(-6, abs=0.5)
    assert "loses six points" in said
    assert int(cells[6].rstrip("%")) == pytest.approx(25, abs=5)
    assert "saves three quarters of the seconds" in said


def test_what_an_image_model_brings_is_what_its_page_measured():
    students = [float(cell) for cell in row("images.md", "mean")[3:]]
    assert students[1] <= students[0]
    assert "no better for digits' students" in loss("Images need")
