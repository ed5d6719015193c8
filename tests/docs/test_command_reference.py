"""docs/commands.md is what `make reference` writes, and has every command and option."""

import subprocess
import sys
from pathlib import Path

from typer.main import get_command

from mollia.cli.catalogue import GROUPS
from mollia.cli.main import app
from mollia.exit_codes import MEANINGS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "commands.md"


def test_the_committed_page_is_what_the_command_writes(tmp_path):
    written = tmp_path / "commands.md"
    subprocess.run([sys.executable, ROOT / "tools" / "command_reference.py", written], check=True)
    assert written.read_text("utf-8") == PAGE.read_text("utf-8"), "run: make reference"


def test_every_command_option_and_exit_code_is_on_the_page():
    page = PAGE.read_text("utf-8")
    for each in (each for listed in GROUPS.values() for each in listed):
        part = page.split(f"### `mollia {each.name}`")[1].split("\n### ")[0]
        options = [option for made in get_command(app).commands[each.name].params for option in made.opts]
        assert all(option in part for option in options if option.startswith("--") and option != "--help")
        assert part.count("\nmollia ") >= 2 + 1, "usage and two examples"
    assert all(f"| {code} | {said} |" in page for code, said in MEANINGS.items())
