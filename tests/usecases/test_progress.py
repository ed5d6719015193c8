"""The bar of a run where people see it: a terminal, a notebook, a log."""

import os
import pty
import subprocess
import sys

import nbformat
from nbclient import NotebookClient

from mollia.usecases.progress import in_jupyter, shown

STEPS = """
from mollia.usecases.progress import shown
with shown() as progress:
    for done in range(4):
        progress("asking", done, 3)
        progress("a stage of <b>text</b>", done, 3)
"""


def test_a_log_gets_plain_lines(capsys):
    with shown() as progress:
        for done in range(4):
            progress("asking", done, 3)
    assert capsys.readouterr() == ("", "asking: 0 of 3\nasking: 3 of 3\n")


def test_silent_says_nothing(capsys):
    with shown(silent=True) as progress:
        progress("asking", 1, 3)
    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_bars_and_stdout_nothing():
    mine, theirs = pty.openpty()
    done = subprocess.run([sys.executable, "-c", STEPS], stderr=theirs, stdout=subprocess.PIPE, check=True)
    os.close(theirs)
    said = b""
    while chunk := _read(mine):
        said += chunk
    os.close(mine)
    assert b"asking" in said
    assert b"3/3" in said
    assert done.stdout == b""


def _read(terminal):
    try:
        return os.read(terminal, 4096)
    except OSError:  # nobody writes any more
        return b""


def test_a_notebook_gets_one_picture_that_is_drawn_again_without_a_warning():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(STEPS)])
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", extra_arguments=["--log-level=ERROR"]
    ).execute()
    (output,) = notebook.cells[0].outputs
    assert output.output_type == "display_data"
    html = output.data["text/html"]
    assert "asking" in html
    assert html.count("3/3") == 2
    assert "&lt;b&gt;text" in html


def test_this_process_is_no_notebook():
    assert not in_jupyter()
