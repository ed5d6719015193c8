"""docs/troubleshooting.md shows what mollia says today: the faults are made again."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "troubleshooting.md"


def test_the_committed_page_is_what_the_command_writes(tmp_path):
    written = tmp_path / "troubleshooting.md"
    subprocess.run([sys.executable, ROOT / "tools" / "troubleshooting.py", written], check=True)
    assert written.read_text("utf-8") == PAGE.read_text("utf-8"), "run: make reference"


def test_fifteen_messages_are_explained_and_none_names_a_place_on_a_machine():
    page = PAGE.read_text("utf-8")
    assert page.count("\n## ") == page.count("\n$ mollia ") == 15
    assert not [word for word in ("/tmp", "/home", "/root", ".venv", "Traceback") if word in page]  # noqa: S108
