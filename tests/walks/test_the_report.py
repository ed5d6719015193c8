"""Walk 17.5: the report as an appendix, opened without a network and without scripts."""

import re

import pytest
from tests.conftest import CLASSES, written
from tests.walks.conftest import rows_of, summary_of

import mollia


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The outputs of a run on 300 rows with 40 human labels."""
    place = tmp_path_factory.mktemp("appendix")
    mollia.run(written(place, n=300, seed_rows=40), outputs=True)
    return place / "out"


def test_figures_and_tables_are_numbered_come_down_as_files_and_all_that_a_reviewer_asks_is_there(
    folder, browser, legible, download
):
    summary = summary_of(folder)
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((folder / "report.html").as_uri())
    figure = f"{summary['accuracy_estimate']['value']:.1%}"
    assert page.inner_text(".figure").startswith(figure)
    for word in ("Figure", "Table"):
        found = page.locator("figcaption b, caption b").all_inner_texts()
        numbers = [int(re.search(r"\d+", each)[0]) for each in found if each.startswith(word)]
        assert numbers == [*range(1, len(numbers) + 1)]
        assert len(numbers) >= 2
    svg = download(page, "figure >> nth=0 >> a:text-is('SVG')")
    data = download(page, "figure >> nth=0 >> a:text-is('CSV')")
    assert svg.name == "figure-1.svg"
    assert svg.read_text("utf-8").startswith("<svg")
    rows = rows_of(data)
    assert len(rows) > 2
    assert all(len(row) == len(rows[0]) for row in rows)
    cells = rows_of(download(page, ".confusion >> nth=0 >> a:text-is('CSV')"))
    assert [name for name in CLASSES if name in " ".join(cells[0])] == CLASSES
    heads = page.locator(".confusion >> nth=0 >> thead th").all_inner_texts()
    assert heads[1:] == CLASSES
    shares = page.locator(".confusion >> nth=1 >> tbody tr").all()
    for line in shares:
        assert 98 <= sum(int(cell) for cell in line.locator("td").all_inner_texts()) <= 102
    page.click("summary:has-text('BibTeX')")
    assert page.locator("details[open] pre").inner_text().startswith("@")
    assert len(page.locator(".hash").first.inner_text()) == 64
    commands = page.locator(".next code").all_inner_texts()
    assert commands
    assert all(each.split()[0].endswith("mollia") or " -m mollia" in each for each in commands)
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    context.close()
    legible((folder / "report.html").as_uri())
