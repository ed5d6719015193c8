"""docs/installation.md names every extra, and CITATION.cff and docs/citing.md the version that is installed."""

import re
import tomllib
from pathlib import Path

import mollia

ROOT = Path(__file__).parents[2]


def test_every_extra_is_in_the_table():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    page = (ROOT / "docs" / "installation.md").read_text("utf-8")
    table = page[page.index("| extra |") :].split("\n\n")[0]
    named = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert sorted(named) == sorted(project["optional-dependencies"])
    assert f"Python {project['requires-python'].removeprefix('>=')} or newer" in page


def test_every_version_that_is_written_is_this_one():
    for file in ("CITATION.cff", "docs/citing.md", "docs/installation.md"):
        text = (ROOT / file).read_text("utf-8")
        found = re.findall(
            r"(?:^version: |mollia[, -]+(?:version )?|version = \{)(\d+\.\d+\.\d+)", text, re.MULTILINE
        )
        assert set(found) == {mollia.__version__}, file
