"""docs/task-file.md is what `make reference` writes, and has every key of the models."""

import subprocess
import sys
from pathlib import Path

from mollia.registry import BUILT_IN, find
from mollia.task.config import Task

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "task-file.md"


def test_the_committed_page_is_what_the_command_writes(tmp_path):
    written = tmp_path / "task-file.md"
    subprocess.run([sys.executable, ROOT / "tools" / "task_reference.py", written], check=True)
    assert written.read_text("utf-8") == PAGE.read_text("utf-8"), "run: make reference"


def test_every_section_and_every_key_of_a_kind_is_on_the_page():
    page = PAGE.read_text("utf-8")
    assert all(f"`{key}`" in page or f"[{key}]" in page for key in Task.model_fields)
    for kind in BUILT_IN["annotator"]:
        part = page.split(f'### `kind = "{kind}"`')[1].split("\n#")[0]
        common = page.split("## `[[panel]]`")[1].split("###")[0]
        assert all(f"| `{key}` |" in part + common for key in find("annotator", kind).model_fields)
