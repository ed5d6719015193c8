"""Runs a `mollia` command of this checkout as a person would, in a process of its own."""

import subprocess
import sys


def run_mollia(*words, cwd=None):
    """Run the command, which must succeed, and return what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "mollia", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
