"""README and docs are run: named files written, `$ mollia` commands run, Python executed, in one folder a page.

A fenced block `csv title="answers.csv"` or `toml title="task.toml"` is written to that file (the form that the site's
Markdown and GitHub show as a block); in a block `console` each line
that begins with `$ mollia` is run and must succeed; a block `python` must run, and so must a `javascript` one with a file name, in Playwright's Node. Blocks of other kinds are read by
people only.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import playwright
import pytest
from hypothesis import settings
from sybil import Document, Example, Region, Sybil
from sybil.parsers.markdown.lexers import RawFencedCodeBlockLexer

settings.register_profile("mollia", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("mollia")

# As in an activated environment: messages call this mollia by its name.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

# A shell starts what is to run in the background with Ctrl+C ignored, and every command that a test starts would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

FENCE = RawFencedCodeBlockLexer(
    re.compile(
        r"(?P<kind>python|console|csv|toml|jsonl|javascript)(?:[^\S\n]+title=\"(?P<file>[^\"\s`]+)\")?[^\S\n]*\n",
        re.MULTILINE,
    )
)


def _regions(document: Document) -> Iterator[Region]:
    for found in FENCE(document):
        kind, file, source = (found.lexemes.get(name) for name in ("kind", "file", "source"))
        if kind in {"python", "console"} or file:
            yield Region(found.start, found.end, (kind, file, str(source)), _evaluate)


def _evaluate(example: Example) -> None:
    kind, file, source = example.parsed
    if file:
        Path(file).write_text(source, encoding="utf-8")
        if kind == "javascript":
            _in_node(file)
    elif kind == "python":
        code = compile("\n" * (example.line - 1) + source, example.path, "exec")
        exec(code, example.namespace)  # noqa: S102  # the page's own example
    else:
        for line in source.splitlines():
            if line.startswith("$ mollia "):
                _run(shlex.split(line.removeprefix("$ mollia "), comments=True))


def _in_node(file: str) -> None:
    node = Path(playwright.__file__).parent / "driver" / "node"
    done = subprocess.run([node, file], capture_output=True, text=True, check=False)  # noqa: S603  # the page's own module
    assert done.returncode == 0, f"{file}\n{done.stderr}"  # noqa: S101  # a test


def _run(words: list[str]) -> None:
    done = subprocess.run(  # noqa: S603  # the page's own command
        [sys.executable, "-m", "mollia", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"mollia {' '.join(words)}\n{done.stdout}{done.stderr}"  # noqa: S101  # a test


def _enter(namespace: dict[str, Any]) -> None:
    namespace["_before"] = Path.cwd()
    namespace["_folder"] = tempfile.TemporaryDirectory(prefix="mollia-page-")
    os.chdir(namespace["_folder"].name)


def _leave(namespace: dict[str, Any]) -> None:
    os.chdir(namespace["_before"])
    namespace["_folder"].cleanup()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With CI set (.ci/run), a skipped test fails the run: what is skipped proves nothing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and (skipped := reporter.stats.get("skipped")):
        reporter.ensure_newline()
        reporter.write_line(f"{len(skipped)} skipped; no test may be skipped where CI is set.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


pytest_collect_file = Sybil(
    parsers=[_regions], patterns=["README.md", "docs/**/*.md", "docs/*.md"], setup=_enter, teardown=_leave
).pytest()
