"""Writes tests/README.md: which test runs each module that has none of its own: `make test-table`, which measures it.

`--new` keeps the lines that are there and adds those of new modules, from a run of the tests that concern them:
    .venv/bin/pytest tests/query --cov --cov-context=test --cov-report= --cov-fail-under=0
    .venv/bin/python tools/test_table.py --new
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from coverage import Coverage, CoverageData

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "tests" / "README.md"
HEAD = """# Tests

They mirror the modules: `src/mollia/fusion/molam.py` is tested by `tests/fusion/test_molam.py`. A test's name states the behaviour.
Nothing is mocked where the real part can run, nothing is skipped, and warnings are errors.

Modules without a test file of their own are covered by others. Beside each stands the test file that runs most of its lines,
and what share of them the whole suite runs, as `make test-table` measured it. "its import" stands for those that only hold
definitions. Lines that run only in processes that a test starts count in the share. A test checks that no module is missing
here and that each test named is there.

| module | covered by | lines run |
| --- | --- | --- |
"""

# Modules that run only in processes that a test starts, which coverage cannot trace back to it.
STARTED = {
    "mollia.__main__": "tests/cli/test_demo.py",
    "mollia.usecases.demo_figures": "tests/cli/test_demo.py",
}


def modules() -> dict[str, Path]:
    """Return the modules of mollia by dotted name, packages' own files left out."""
    files = sorted((ROOT / "src" / "mollia").rglob("*.py"))
    named = {".".join(file.relative_to(ROOT / "src").with_suffix("").parts): file for file in files}
    return {name: file for name, file in named.items() if file.name != "__init__.py"}


def mirror(name: str) -> Path:
    """Return where a module's own test lies, if it has one."""
    *rooms, last = name.split(".")
    return ROOT.joinpath("tests", *rooms[1:], f"test_{last.strip('_')}.py")


def covering(data: CoverageData, file: Path) -> str:
    """Return the test file that runs most lines of a module after it was imported, its own room's first of equals."""
    lines: Counter[str] = Counter()
    for contexts in data.contexts_by_lineno(str(file)).values():
        lines.update({each.split("::")[0] for each in contexts if each.startswith("tests/") and "::" in each})
    if not lines:
        return ""
    return max(sorted(lines), key=lambda test: (lines[test], Path(test).parent.name == file.parent.name))


def row(cover: Coverage, name: str, file: Path) -> str:
    """Return a module's line of the table, from coverage data whose contexts are tests."""
    test = (covering(cover.get_data(), file) or STARTED.get(name, "")).removeprefix("tests/")
    _, statements, _, missing, _ = cover.analysis2(str(file))
    share = 1 - len(missing) / len(statements) if statements else 1.0
    return f"| `{name.removeprefix('mollia.')}` | {f'`{test}`' if test else 'its import'} | {share:.0%} |"


def page(measured: Path, kept: Mapping[str, str]) -> str:
    """Return the page; lines of modules in `kept` stay as they are."""
    cover = Coverage(data_file=str(measured), config_file=str(ROOT / "pyproject.toml"))
    cover.load()
    wanted = {name: file for name, file in modules().items() if not mirror(name).is_file()}
    lines = [kept.get(name) or row(cover, name, file) for name, file in wanted.items()]
    return HEAD + "\n".join(lines) + "\n"


def standing() -> dict[str, str]:
    """Return the lines that the page has, by module."""
    lines = PAGE.read_text("utf-8").splitlines() if PAGE.is_file() else []
    return {f"mollia.{line.split('`')[1]}": line for line in lines if line.startswith("| `")}


if __name__ == "__main__":
    PAGE.write_text(page(ROOT / ".coverage", standing() if "--new" in sys.argv else {}), "utf-8")
