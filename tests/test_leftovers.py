import os
import subprocess
import sys

import pytest

from mollia.leftovers import sweep, unfinished_beside
from mollia.whole_files import write_text


def names(folder):
    return sorted(path.name for path in folder.iterdir())


KILLED = """
import os, signal, sys
from pathlib import Path
from mollia.whole_files import replacing

with replacing(Path(sys.argv[1]) / "a.txt") as unfinished:
    unfinished.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills")
def test_what_a_killed_process_left_is_removed_at_the_next_start(tmp_path):
    subprocess.run([sys.executable, "-c", KILLED, tmp_path], check=False)
    (left,) = names(tmp_path)
    assert left.startswith(".mollia-")
    write_text(tmp_path / "b.txt", "text")
    assert names(tmp_path) == ["b.txt"]


def test_what_is_not_ours_or_in_use_stays(tmp_path):
    host = "0" * 8
    others = [f".mollia-{host}-1-0.part", ".labels.csv.99.part", ".mollia-notes", "a.part"]
    for name in others:
        (tmp_path / name).write_text("of someone else", "utf-8")
    with unfinished_beside(tmp_path / "a.txt") as ours, unfinished_beside(tmp_path / "a.txt") as alive:
        ours.write_text("in use", "utf-8")
        living = alive.with_name(alive.name.replace(f"-{os.getpid()}-", f"-{os.getppid()}-"))
        living.write_text("of a process that lives", "utf-8")
        sweep(tmp_path)
        assert ours.exists()
        assert living.exists()
    assert names(tmp_path) == sorted([*others, living.name])
