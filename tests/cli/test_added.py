"""Commands that other packages add, and `mollia bench` with and without the benchmarks."""

import os
import re
import subprocess
import sys
from importlib import metadata

import pytest
from typer.testing import CliRunner

from mollia import registry
from mollia.cli.main import app
from mollia.errors import MissingExtra
from mollia_benchmarks.cli import app as benchmarks


def mollia(*words, **environment):
    return subprocess.run(
        [sys.executable, "-m", "mollia", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_a_package_adds_a_command_by_an_entry_point_alone(tmp_path):
    (tmp_path / "greeting.py").write_text(
        'import typer\n\n\ndef greet(name: str) -> None:\n    """Greet."""\n    typer.echo(f"hello {name}")\n'
    )
    about = tmp_path / "greeting-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\nSummary: Greets people.\n"
    )
    (about / "entry_points.txt").write_text("[mollia.command]\ngreet = greeting:greet\n")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    done = mollia("greet", "Ada", PYTHONPATH=path)
    assert (done.returncode, done.stdout) == (0, "hello Ada\n"), done.stderr
    listed = mollia("--help", PYTHONPATH=path).stdout.partition("Measure:\n")[2]
    assert re.search(r"^  greet +Greets people\.$", listed, re.MULTILINE)
    assert "Greet." in mollia("greet", "--help", PYTHONPATH=path).stdout


@pytest.mark.parametrize("words", [[], ["fusion", "--draws", "3"], ["--sets", "all"]])
def test_without_the_benchmarks_bench_says_how_to_get_them(monkeypatch, words):
    monkeypatch.setattr(registry, "entry_points", lambda group: [])  # noqa: ARG005  # as in a wheel alone
    monkeypatch.setattr(metadata, "entry_points", lambda group: [])  # noqa: ARG005  # the same
    result = CliRunner().invoke(app, ["bench", *words])
    assert isinstance(result.exception, MissingExtra)
    assert result.exception.exit_code == 2
    assert "make setup" in result.exception.hint


def test_every_benchmark_has_a_help_page():
    runner = CliRunner()
    names = [
        command.name or command.callback.__name__.replace("_", "-")
        for command in benchmarks.registered_commands
    ]
    assert {"fusion", "paper", "seed", "student", "review", "panel", "coverage"} <= set(names)
    for name in names:
        result = runner.invoke(benchmarks, [name, "--help"])
        assert result.exit_code == 0, result.output
