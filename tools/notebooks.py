"""Runs the notebooks of examples/ and stores their outputs: `make notebooks`, or with a folder to write them there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(notebook: Path) -> nbformat.NotebookNode:
    """Return the notebook with the outputs of a fresh run; an error in a cell ends it."""
    found = nbformat.read(notebook, as_version=4)
    # Times and the interpreter's version would change with every run.
    client = NotebookClient(
        found,
        timeout=600,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,  # however the text came in pieces
        extra_arguments=["--log-level=ERROR"],
    )
    client.execute(cwd=str(EXAMPLES))
    found.metadata["language_info"] = {"name": "python"}
    return found


def main() -> None:
    """Run all notebooks."""
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # the debugger's warning, which no reader needs
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES
    for notebook in sorted(EXAMPLES.glob("*.ipynb")):
        nbformat.write(run(notebook), target / notebook.name)


if __name__ == "__main__":
    main()
