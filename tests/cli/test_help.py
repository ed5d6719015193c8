"""What `mollia --help` and the help of each command say, at 80 columns."""

import importlib
import inspect
import re
import shlex
import subprocess
import sys

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from mollia import errors
from mollia.cli.catalogue import GROUPS, STAND_IN
from mollia.cli.main import app
from mollia.exit_codes import MEANINGS

WIDTH = 80
LISTED = [each for listed in GROUPS.values() for each in listed]
NAMES = [each.name for each in LISTED]
LIGHT = {"mollia", "typer", "click", "typing_extensions", "annotated_doc", "shellingham"}
# Typer reads values with pydantic.
OF_A_COMMAND = LIGHT | {"pydantic", "pydantic_core", "annotated_types", "typing_inspection"}
OWN = {"mollia", "mollia.cli", "mollia.cli.main", "mollia.cli.catalogue", "mollia.cli.group"}
OWN |= {
    "mollia.cli.output",
    "mollia.cli.stopped",
    "mollia.errors",
    "mollia.exit_codes",
    "mollia.optional",
    "mollia.invocation",
}
OWN |= {"mollia.version"}


@pytest.fixture(autouse=True)
def narrow(monkeypatch):
    """A terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    monkeypatch.setenv("TERMINAL_WIDTH", str(WIDTH))


def shown(*words):
    result = CliRunner().invoke(app, [*words], prog_name="mollia")
    assert result.exit_code == 0, result.output
    return result.output


def loaded_by(code):
    """The modules that `code` loads in a new process, beyond those of a bare Python."""
    program = f"import sys\nbefore = set(sys.modules)\n{code}\nprint(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def packages(modules):
    found = {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names)
    return {name for name in found if not name.startswith("_sysconfigdata")}


def asked(*words):
    return f"from mollia.cli.main import main\nsys.argv = {['mollia', *words]}\ntry: main()\nexcept SystemExit: pass"


def function(entry):
    module, _, name = entry.target.partition(":")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["--version"]])
def test_the_door_loads_no_command_and_nothing_heavy(words):
    modules = loaded_by(asked(*words))
    assert packages(modules) <= LIGHT
    assert {name for name in modules if name.partition(".")[0] == "mollia"} <= OWN


def test_the_help_of_every_command_loads_nothing_heavy():
    modules = loaded_by("\n".join(asked(name, "--help") for name in NAMES))
    assert {each.target.partition(":")[0] for each in LISTED} <= modules
    assert packages(modules) <= OF_A_COMMAND


def test_every_command_is_listed_once_in_its_group():
    text = shown("--help")
    assert len(NAMES) == len(set(NAMES))
    place = 0
    for title, listed in GROUPS.items():
        place = text.index(f"\n{title}:\n", place)
        for entry in listed:
            place = text.index(f"\n  {entry.name} ", place)


def test_short_and_long_help_are_the_same():
    assert shown("-h") == shown("--help")
    for name in NAMES:
        assert shown(name, "-h") == shown(name, "--help")


def test_no_line_of_the_help_is_too_long_or_cut_off():
    text = shown("--help")
    for entry in LISTED:
        assert re.search(rf"^  {entry.name} +{re.escape(entry.summary)}$", text, re.MULTILINE), entry.name
    for words in ([], *([name] for name in NAMES)):
        for line in shown(*words, "--help").splitlines():
            assert len(line) <= WIDTH, (words, line)
            assert "..." not in re.sub(r"(\[ARGS\]|\{TASKS\})\.\.\.", "", line), (words, line)


@pytest.mark.parametrize("entry", [*LISTED, STAND_IN], ids=lambda each: each.name)
def test_the_summary_is_the_docstrings_first_sentence(entry):
    assert inspect.getdoc(function(entry)).partition("\n")[0] == entry.summary


@pytest.mark.parametrize("entry", LISTED, ids=NAMES)
def test_every_command_shows_two_examples_that_it_can_read(entry):
    text = shown(entry.name, "--help")
    examples = re.findall(r"^ +mollia (.+)$", text.partition("Examples:\n")[2], re.MULTILINE)
    assert len(examples) >= 2
    whole = get_command(app)
    for words in examples:
        name, *rest = shlex.split(words)
        assert name == entry.name
        command = whole.get_command(None, name)
        with command.make_context(name, rest) as context:  # raises for an option or value it does not know
            assert context.command is command


def test_an_option_that_does_not_exist_would_be_found():
    command = get_command(app).get_command(None, "run")
    with pytest.raises(Exception, match="No such option"):
        command.make_context("run", ["task.toml", "--no-such-option"])


def test_the_exit_codes_are_listed_and_complete():
    text = shown("--help").partition("Exit codes:\n")[2]
    assert {int(line.split()[0]) for line in text.splitlines()} == set(MEANINGS)
    kinds = [errors.MolliaError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    assert {kind.exit_code for kind in kinds} <= set(MEANINGS)


def test_a_mistyped_command_is_answered_with_the_nearest():
    result = CliRunner().invoke(app, ["exprot"])
    assert result.exit_code == 2
    assert "export" in result.output


def test_shell_completion_knows_the_commands():
    words = {"_MOLLIA_COMPLETE": "complete_bash", "COMP_WORDS": "mollia p", "COMP_CWORD": "1"}
    result = CliRunner().invoke(app, prog_name="mollia", env=words)
    assert result.output.split() == ["plan", "predict", "panel", "prompts", "priors"]
