"""What the walks share: the page's task and server, the command line, and a look at what a reader sees."""

import csv
import io
import json

import pytest
from tests.cli.conftest import mollia, shop  # noqa: F401  # fixtures
from tests.web.at_the_page import CONTRAST
from tests.web.conftest import make_task, run_with, serve_fitted, serve_folder  # noqa: F401  # the same

PHONE, DESK = 390, 1280


@pytest.fixture
def legible(browser):
    """`legible(address)` opens a file as readers have it, without scripts, on phone and desk, by day and night."""

    def look(address):
        for width in (PHONE, DESK):
            for scheme in ("light", "dark"):
                context = browser.new_context(
                    viewport={"width": width, "height": 844}, color_scheme=scheme, offline=True
                )
                page = context.new_page()
                page.goto(address)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, scheme)
                assert page.evaluate(CONTRAST) == [], (width, scheme)
                context.close()

    return look


@pytest.fixture
def download(tmp_path_factory):
    """`download(page, link)` clicks a link and returns the path of the file that came."""
    folder = tmp_path_factory.mktemp("downloads")

    def click(page, link):
        with page.expect_download() as coming:
            page.click(link)
        path = folder / coming.value.suggested_filename
        coming.value.save_as(path)
        return path

    return click


def summary_of(folder, name="summary.json"):
    """What programs read of a run."""
    return json.loads((folder / name).read_text("utf-8"))


def rows_of(path):
    """The lines of a CSV file, the names of its columns first."""
    return [*csv.reader(io.StringIO(path.read_text("utf-8"), newline=""))]


def records_of(path):
    """The rows of a CSV file by the names of its columns."""
    head, *lines = rows_of(path)
    return [dict(zip(head, line, strict=True)) for line in lines]
