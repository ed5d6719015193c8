"""tests/README.md names a test for each module that has no test file of its own."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "tests" / "README.md").read_text("utf-8")
TABLE = dict(re.findall(r"^\| `([a-z0-9_.]+)` \| `?([^|`]+)`? \| \d+% \|$", PAGE, re.MULTILINE))


def without_a_mirror():
    for file in (ROOT / "src" / "mollia").rglob("*.py"):
        name = file.relative_to(ROOT / "src" / "mollia").with_suffix("")
        mirror = ROOT / "tests" / name.parent / f"test_{name.name.strip('_')}.py"
        if file.name != "__init__.py" and not mirror.is_file():
            yield ".".join(name.parts)


def test_every_module_has_a_test_file_or_stands_in_the_table():
    assert set(without_a_mirror()) - set(TABLE) == set(), "run make test-table"


def test_the_table_names_modules_that_are_there_and_have_no_test_file():
    assert set(TABLE) - set(without_a_mirror()) == set(), "run make test-table"


def test_every_test_in_the_table_is_there():
    named = {test.strip() for test in TABLE.values()} - {"its import"}
    assert len(named) > 30
    missing = {each for each in named if not any((base / each).is_file() for base in (ROOT / "tests", ROOT))}
    assert missing == set()
