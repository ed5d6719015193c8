"""The notebooks in `examples/` run from top to bottom."""

import json
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("notebook", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(notebook, capsys):
    found = json.loads(notebook.read_text("utf-8"))
    namespace = {"__name__": "__main__"}
    for number, cell in enumerate(found["cells"]):
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [], "outputs are not stored: they would age unseen"
            exec(compile("".join(cell["source"]), f"{notebook.name}, cell {number}", "exec"), namespace)  # noqa: S102
    assert capsys.readouterr().out.count("\n") > 10


def test_there_are_notebooks():
    assert len(list(EXAMPLES.glob("*.ipynb"))) >= 2
