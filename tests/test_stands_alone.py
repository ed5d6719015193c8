"""Nothing in the repository looks outside it: a clone alone is enough."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLACES = ("src", "tests", "docs", "benchmarks", "examples", ".ci")
FILES = ("Makefile", "conftest.py", "pyproject.toml", "README.md", "CONTRIBUTING.md", "zensical.toml")
TEXT = {".py", ".toml", ".md", ".html", ".css", ".js", ".json", ".ipynb", ""}
CACHES = {"__pycache__", ".ipynb_checkpoints"}
# An own example in a test: a task's output folder, a path a browser must not be given.
EXAMPLES = {"tests/task/test_load.py", "tests/web/test_guard.py", "tests/test_stands_alone.py"}


def sources():
    """Return the repository's text files."""
    found = [ROOT / name for name in FILES]
    for place in PLACES:
        found += [path for path in (ROOT / place).rglob("*") if path.is_file() and path.suffix in TEXT]
    return [path for path in found if not CACHES & set(path.parts) and ".egg-info" not in str(path)]


def outside(path, text):
    """Return what in a file's text names a place above the repository's root, or a machine's own folder."""
    depth = len(path.relative_to(ROOT).parts)  # parents[depth - 1] is the root
    found = [m[0] for m in re.finditer(r"parents\[(\d+)\]", text) if int(m[1]) >= depth]
    found += [m[0] for m in re.finditer(r"__file__\)(?:\.resolve\(\))?((?:\.parent\b)+)", text)
              if m[1].count(".parent") > depth]  # fmt: skip
    found += [m[0] for m in re.finditer(r"(?<![\w/.])(?:\.\./)+", text) if m[0].count("../") >= depth]
    found += re.findall(
        r"MOLLIA_DATA|shared/data|\"shared\" / |(?<![\w.:/])/(?:work|home|root|Users)/\S*", text
    )
    return found


def test_a_look_outside_is_seen():
    here = ROOT / "tests" / "web" / "test_x.py"
    for text in ("Path(__file__).parents[3]", '"../../../shared"', "Path(__file__).parent.parent.parent.parent",
                 'open("/home/kim/x")', "MOLLIA_DATA"):  # fmt: skip
        assert outside(here, text), text
    for text in ("Path(__file__).parents[2]", "../../docs", "https://x.org/home/a", "from ..a import b"):
        assert not outside(here, text), text


@pytest.mark.parametrize("place", [*PLACES, "the root's files"])
def test_no_file_looks_outside_the_repository(place):
    own = [
        p
        for p in sources()
        if (p.relative_to(ROOT).parts[0] == place) or (p.parent == ROOT and place not in PLACES)
    ]
    assert own
    found = {
        str(name): seen
        for path in own
        if (name := path.relative_to(ROOT)).as_posix() not in EXAMPLES
        if (seen := outside(path, path.read_text("utf-8")))
    }
    assert found == {}
