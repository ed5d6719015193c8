"""Runs a `mollia` command in this process: starting one takes seconds."""

import contextlib
import io
import sys

from mollia.cli.main import main


def called(folder, *words):
    """Run the command line in a folder; return its exit code and what it wrote to stdout and stderr."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    argv, sys.argv = sys.argv, ["mollia", *words]
    try:
        with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.argv = argv
    return code, out.getvalue(), err.getvalue()
