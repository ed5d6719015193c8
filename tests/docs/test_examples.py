"""The notebooks in `examples/` hold the outputs of a fresh run: `make notebooks`."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
LARGEST = 200_000  # bytes


def outputs(notebook):
    return [
        output
        for cell in json.loads(notebook.read_text("utf-8"))["cells"]
        for output in cell.get("outputs", [])
    ]


def texts(notebook):
    return ["".join(output["text"]) for output in outputs(notebook) if output["output_type"] == "stream"]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebooks")
    subprocess.run([sys.executable, ROOT / "tools" / "notebooks.py", folder], check=True)
    return folder


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 2


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_fresh_run_says_what_the_notebook_shows(notebook, fresh):
    assert texts(fresh / notebook.name) == texts(notebook), "run: make notebooks"
    assert len(outputs(fresh / notebook.name)) == len(outputs(notebook))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_small_and_hold_no_error_no_warning_no_path(notebook):
    assert notebook.stat().st_size < LARGEST
    assert {output["output_type"] for output in outputs(notebook)} <= {
        "stream",
        "execute_result",
        "display_data",
    }
    assert {output["name"] for output in outputs(notebook) if "name" in output} == {"stdout"}
    said = json.dumps(outputs(notebook))
    assert not [word for word in ("Warning", "Traceback", "/home", "/root", "/work", "/tmp") if word in said]  # noqa: S108
    assert sum("image/svg+xml" in output.get("data", {}) for output in outputs(notebook)) >= 2


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_printed_says_something_on_every_line(notebook):
    lines = "".join(texts(notebook)).splitlines()
    assert len(lines) > 10
    assert not [line for line in lines if "(no " in line]


def test_the_page_on_priors_gives_the_figures_of_its_notebook():
    page = (ROOT / "docs" / "priors.md").read_text("utf-8")
    said = "".join(texts(ROOT / "examples" / "05-priors.ipynb"))
    shares = re.findall(r"([\d.]+)% right", said)
    assert len(shares) == 4
    none, one, few, more = shares
    assert (
        f"at 0 labels {one} % are right instead of {none} %, at 20 labels {more} % instead of {few} %" in page
    )
