import importlib
import warnings

import pytest

from mollia.data.read import read_table
from mollia.errors import DataError
from mollia.report.card import Labelled, card
from mollia.report.data_set import write_data_set

SUMMARY = {
    "method": "mixture",
    "panel": ["gemma", "llama"],
    "accuracy_estimate": {
        "value": 0.8,
        "low": 0.65,
        "high": 0.89,
        "level": 0.95,
        "n_human": 50,
        "n_rows": 950,
        "method": "cross-fitted seed, Wilson",
        "caveats": ["each seed row counts four fifths"],
    },
    "warnings": ["No human label is of class Other: nothing here checks it."],
}


def described(**changes):
    values = {
        "name": 'Shop: "mails"',
        "n_rows": 1200,
        "labels": {"Refund": 900, "Delivery | returns": 200, "Other": 0},
        "n_human": 50,
        "kept": ("id", "text"),
        "added": ("label", "p_Refund", "confidence"),
        "summary": SUMMARY,
    }
    return Labelled(**(values | changes))


@pytest.fixture
def hub_card():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the library's own imports
        return importlib.import_module("huggingface_hub").DatasetCard


def test_the_header_is_what_the_hub_reads(hub_card):
    data = hub_card(card(described())).data
    assert data.pretty_name == 'Shop: "mails"'
    assert data.task_categories == ["text-classification"]
    assert data.size_categories == ["1K<n<10K"]
    assert data.annotations_creators == ["machine-generated"]
    assert data.license is None  # nobody but the owner can say


def test_the_card_says_how_good_the_labels_are_and_what_was_warned_of():
    text = card(described())
    assert "An estimated 80.0% of the labels are right (95% interval 65.0% to 89.0%; 50 human labels" in text
    assert "Each seed row counts four fifths." in text
    assert "- No human label is of class Other" in text
    assert "2 LLMs (gemma, llama)" in text
    assert "100 rows could not be labelled" in text
    assert "| Other | 0 | 0.0% |" in text
    assert "Delivery \\| returns" in text


def test_without_human_labels_no_accuracy_is_claimed():
    text = card(described(summary={}, n_human=0))
    assert "No accuracy is claimed" in text
    assert "right (" not in text


def test_a_labels_file_becomes_a_folder_with_typed_columns_and_a_card(tmp_path, hub_card):
    (tmp_path / "labels.csv").write_text(
        "id,text,label,mollia_label,mollia_confidence,mollia_p_a,mollia_p_b,mollia_negative_labels,mollia_source\n"
        '1,x,old,a,0.9,0.9,0.1,"[""b""]",human\n2,y,older,,,,,[],failed\n'
    )
    assert write_data_set(tmp_path / "labels.csv", tmp_path / "set") == 2
    table = read_table(tmp_path / "set")
    assert table.columns["label"] == ["old", "older"]
    assert table.columns["mollia_label"] == ["a", None]
    assert table.columns["mollia_p_a"] == [0.9, None]
    assert table.columns["mollia_negative_labels"] == [["b"], []]
    found = hub_card.load(tmp_path / "set" / "README.md")
    assert "| label | as in the source |" in found.text
    assert "1 human label" in found.text


def test_a_task_that_has_not_run_says_what_to_do(tmp_path):
    (tmp_path / "texts.csv").write_text("id,text,m\n1,x,a\n")
    (tmp_path / "task.toml").write_text(
        'name="t"\ninstruction="?"\n[data]\npath="texts.csv"\n[[classes]]\nname="a"\n[[classes]]\nname="b"\n'
        '[[panel]]\nname="m"\nkind="recorded"\npath="texts.csv"\n'
    )
    with pytest.raises(DataError, match="There is no") as error:
        write_data_set(tmp_path / "task.toml", tmp_path / "set")
    assert "mollia run" in error.value.hint
