import json

import pytest

from mollia.errors import DataError
from mollia_benchmarks import DATA
from mollia_benchmarks.attribution import FILE, attribution
from mollia_benchmarks.described import described


def test_every_set_is_attributed_as_labels_json_says():
    written = (DATA / FILE).read_text("utf-8")
    assert written == attribution(DATA), "run: python -m mollia_benchmarks.attribution"
    for name, each in described(DATA).items():
        assert f"## {name}\n\n- Source: {each.source}\n- Licence: {each.licence}\n" in written


@pytest.mark.parametrize("key", ["source", "licence", "gold", "changed"])
def test_a_set_that_does_not_say_who_made_it_is_not_attributed(tmp_path, key):
    about = json.loads((DATA / "labels.json").read_text("utf-8"))["policy_en"]
    (tmp_path / "labels.json").write_text(json.dumps({"policy_en": about | {key: " "}}))
    with pytest.raises(DataError, match=f"no {key}"):
        attribution(tmp_path)
