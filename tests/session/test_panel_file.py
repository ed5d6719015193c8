import pytest

import mollia
from mollia.errors import DataError


def test_class_names_in_one_string_are_refused_with_the_list_to_write(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("id,text,a\n1,late,delivery\n", encoding="utf-8")
    with pytest.raises(DataError, match="labels must be a list of names") as refused:
        mollia.read_panel(path, labels="delivery,refund")
    assert refused.value.hint == "Write labels=['delivery', 'refund']."
