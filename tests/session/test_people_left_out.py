import numpy as np
import pytest

from mollia.errors import DataError
from mollia.session.panel_file import read_panel
from mollia.session.people_left_out import without_people

CLASSES = ("late", "lost")


@pytest.fixture
def read(tmp_path):
    rows = [f"{i},{CLASSES[i % 2]},{CLASSES[i % 2] if i < 6 else ''}" for i in range(20)]
    (tmp_path / "answers.csv").write_text("\n".join(["id,yi,coder_b", *rows]), "utf-8")
    return read_panel(tmp_path / "answers.csv", CLASSES)


@pytest.fixture
def y():
    return np.where(np.arange(20) < 6, np.arange(20) % 2, -1)


def test_a_column_of_the_human_labels_leaves_the_panel_and_is_named(read, y):
    left, said = without_people(read, y)
    assert left.answers.llms == ("yi",)
    assert said[0].startswith("coder_b is not on the panel: ")


def test_without_such_a_column_the_panel_stays_as_it_is(read, y):
    assert without_people(read, np.full(20, -1)) == (read, ())
    with pytest.raises(DataError, match="coder_b holds the human labels and nothing else"):
        without_people(read_panel(read.pool.source, CLASSES, llms=("coder_b",)), y)
