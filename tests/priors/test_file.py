import json

import pytest

from mollia.errors import DataError
from mollia.priors.file import LLM, Accuracy, PastTask, Priors, Shown, read_priors, write_priors

PRIORS = Priors(
    tasks=(PastTask(number=1, classes=("no", "yes"), rows=100, human_labels=30),),
    llms=(
        LLM(
            name="a",
            shown=(
                Shown(
                    task=1,
                    rows=100,
                    invalid=0,
                    accuracy=Accuracy(value=0.8, low=0.7, high=0.9),
                    sharpness=0.9,
                    bias={"no": 0.1, "yes": -0.1},
                    confusion={"no": {"no": 40.0, "yes": 10.0}},
                ),
            ),
        ),
    ),
)


def test_what_is_written_is_read(tmp_path):
    write_priors(PRIORS, tmp_path / "priors.json")
    assert read_priors(tmp_path / "priors.json") == PRIORS


def test_keys_of_a_later_mollia_are_passed_over(tmp_path):
    found = json.loads(PRIORS.model_dump_json())
    found["llms"][0]["shown"][0]["new"] = 1
    (tmp_path / "priors.json").write_text(json.dumps(found))
    assert read_priors(tmp_path / "priors.json") == PRIORS


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "other"}, "is not a priors file"),
        ({"version": 2}, "has version 2 of the format; this mollia reads up to 1"),
        ({"tasks": []}, "task 1 is named by an LLM but does not stand under tasks"),
        ({"llms": [{"shown": []}]}, r"llms\.0\.name: Field required"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_its_fault(tmp_path, change, said):
    path = tmp_path / "priors.json"
    path.write_text(json.dumps(json.loads(PRIORS.model_dump_json()) | change))
    with pytest.raises(DataError, match=said) as found:
        read_priors(path)
    assert str(path) in str(found.value)
    assert found.value.hint


@pytest.mark.parametrize("content", [b"", b"[1", b"\xff\xfe", b"[]", b"[" * 5000])
def test_what_is_not_json_is_refused(tmp_path, content):
    path = tmp_path / "priors.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match="is not a"):
        read_priors(path)


def test_a_missing_file_and_a_folder_are_said(tmp_path):
    with pytest.raises(DataError, match="There is no priors file"):
        read_priors(tmp_path / "none.json")
    with pytest.raises(DataError, match="directory"):
        read_priors(tmp_path)
