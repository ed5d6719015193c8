"""The reader's map shows what is there."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
PICTURE = ROOT / "docs" / "pictures" / "rooms.svg"


def test_the_picture_is_drawn_from_the_layers_that_the_linter_checks(tmp_path):
    drawn = tmp_path / "rooms.svg"
    subprocess.run([sys.executable, str(ROOT / "tools" / "rooms_picture.py"), str(drawn)], check=True)
    assert drawn.read_text("utf-8") == PICTURE.read_text("utf-8"), "run make reference"


def test_every_file_and_folder_that_the_page_names_is_there():
    named = re.findall(r"`([a-z_]+(?:/[a-z_.]*)+)`", PAGE) + re.findall(r"`([a-z_]+\.py)`", PAGE)
    assert len(named) > 60
    missing = {
        name for name in named if not any((base / name).exists() for base in (ROOT / "src/mollia", ROOT))
    }
    assert missing == set()


def test_every_room_is_drawn():
    rooms = {path.name for path in (ROOT / "src" / "mollia").iterdir() if (path / "__init__.py").is_file()}
    assert rooms <= set(re.findall(r'class="name"[^>]*>([a-z_]+)<', PICTURE.read_text("utf-8")))
