import importlib
import warnings

import numpy as np
import pandas as pd
import pytest

from mollia.data.batches import read_batches
from mollia.data.hub import hub_name, is_saved, save
from mollia.data.label_columns import prefix_in
from mollia.data.labels_file import label_columns, label_frame
from mollia.data.read import read_pool, read_table
from mollia.errors import DataError
from mollia.records import Fused

CLASSES = ("Refund", "Other")


@pytest.fixture(scope="module")
def datasets():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the library's own imports
        library = importlib.import_module("datasets")
    library.disable_progress_bars()
    return library


@pytest.fixture
def data(datasets):
    features = datasets.Features(
        {
            "id": datasets.Value("int64"),
            "text": datasets.Value("string"),
            "gold": datasets.ClassLabel(names=list(CLASSES)),
            "tags": datasets.List(datasets.Value("string")),
            "day": datasets.Value("date32"),
        }
    )
    rows = {
        "id": [7, 8, 9],
        "text": ["a", None, "café"],
        "gold": [1, None, 0],
        "tags": [["x"], [], ["y", "z"]],
        "day": [None, pd.Timestamp("2026-01-02").date(), None],
    }
    return datasets.Dataset.from_dict(rows, features=features)


def fused():
    posterior = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    return Fused(
        posterior=posterior,
        negative=np.array([[False, True], [False, False], [False, False]]),
        human=np.zeros(3, bool),
        method="vote",
        calibrated=True,
    )


def test_an_object_and_its_saved_folder_read_alike_with_names_for_class_numbers(data, tmp_path):
    folder = tmp_path / "répertoire de données"
    data.save_to_disk(str(folder))
    assert is_saved(folder)
    for source in (data, folder, str(folder)):
        table = read_table(source)
        assert table.columns["gold"] == ["Other", None, "Refund"]
        assert table.columns["tags"] == [["x"], [], ["y", "z"]]
        pool = read_pool(source, gold="gold", classes=CLASSES)
        assert pool.ids == ("7", "8", "9")
        assert pool.texts == ("a", "", "café")
        assert pool.gold.tolist() == [1, -1, 0]
    assert read_table(data.select([2, 0])).columns["id"] == [9, 7]


def test_batches_of_a_saved_folder_are_the_whole(data, tmp_path):
    data.save_to_disk(str(tmp_path / "saved"))
    batches = read_batches(tmp_path / "saved", size=2)
    assert batches.n_rows == 3
    assert [len(table) for table in batches] == [2, 1]


def test_labels_join_an_object_whose_columns_keep_their_types(datasets, data):
    labelled = label_frame(data, CLASSES, fused(), ["panel", "panel", "failed"])
    assert labelled.features["gold"] == data.features["gold"]
    assert labelled.features["day"] == data.features["day"]
    assert labelled.features["label"] == datasets.ClassLabel(names=list(CLASSES))
    assert labelled["label"][:] == [0, 1, None]
    assert labelled["negative_labels"][:] == [["Other"], [], []]
    assert labelled["p_Refund"][:] == [0.9, 0.2, None]


def test_a_class_called_label_and_labels_of_an_earlier_run_are_no_trouble(datasets, data):
    earlier = label_frame(data, CLASSES, fused(), ["panel"] * 3)
    again = label_frame(earlier, ("label", "Other"), fused(), ["panel"] * 3)
    assert again["label"][:] == earlier["label"][:]
    assert again.features["mollia_label"] == datasets.ClassLabel(names=["label", "Other"])
    assert again["mollia_p_label"][:] == [0.9, 0.2, 0.5]
    assert prefix_in(again.column_names) == "mollia_"
    third = label_frame(again, CLASSES, fused(), ["panel"] * 3)
    assert prefix_in(third.column_names) == "mollia_mollia_"
    assert third["mollia_mollia_negative_labels"][:] == [["Other"], [], []]


def test_a_saved_folder_comes_back_as_it_went_out(datasets, tmp_path):
    added = label_columns(CLASSES, fused(), ["panel", "panel", "failed"])
    kept = {"id": [7, 8, 9], "text": ["a", "b", "c"], "label_of_old": ["x", None, "y"]}
    save(tmp_path / "out", kept, added, CLASSES, card="# Card\n")
    back = datasets.load_from_disk(str(tmp_path / "out"))
    assert back.features["id"].dtype == "int64"
    assert back.features["label_of_old"].dtype == "string"
    table = read_table(tmp_path / "out")
    assert {name: table.columns[name] for name in kept} == kept
    assert table.columns["label"] == ["Refund", "Other", None]
    assert (tmp_path / "out" / "README.md").read_text() == "# Card\n"
    with pytest.raises(DataError, match="not empty"):
        save(tmp_path / "out", kept, added, CLASSES)
    with pytest.raises(DataError, match="cannot be saved"):
        save(tmp_path / "mixed", {"x": [1, "a", [2]]}, {}, CLASSES)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]  # nothing half done is left


def test_of_several_splits_one_must_be_named(datasets, data, tmp_path):
    several = datasets.DatasetDict({"train": data, "test": data.select([0])})
    several.save_to_disk(str(tmp_path / "both"))
    with pytest.raises(DataError, match="several splits: train, test") as error:
        read_table(tmp_path / "both")
    assert str(tmp_path / "both" / "train") in error.value.hint
    assert len(read_table(tmp_path / "both" / "test")) == 1
    datasets.DatasetDict({"only": data}).save_to_disk(str(tmp_path / "one"))
    assert len(read_table(tmp_path / "one")) == 3
    with pytest.raises(DataError, match="DatasetDict"):
        read_table(several)


def test_a_damaged_folder_and_a_folder_of_something_else_say_so(data, tmp_path):
    data.save_to_disk(str(tmp_path / "saved"))
    next((tmp_path / "saved").glob("*.arrow")).unlink()
    with pytest.raises(DataError, match="cannot be read as a data set"):
        read_table(tmp_path / "saved")
    (tmp_path / "other").mkdir()
    with pytest.raises(DataError, match=r"not one that datasets\.save_to_disk wrote"):
        read_table(tmp_path / "other")


def test_a_hub_name_has_three_parts():
    name = hub_name("hub:owner/name:config@split")
    assert (name.name, name.config, name.split) == ("owner/name", "config", "split")
    assert hub_name("hub:name").split is None


def test_load_dataset_is_used_for_hub_names_and_for_folders_of_files(datasets, tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    folder = tmp_path / "files"
    folder.mkdir()
    for split, rows in (("train", "id,text\n1,a\n2,b\n"), ("test", "id,text\n3,c\n")):
        (folder / f"{split}.csv").write_text(rows)
    assert read_table(f"hub:{folder}@train").columns == {"id": [1, 2], "text": ["a", "b"]}
    with pytest.raises(DataError, match="several splits: train, test"):
        read_table(f"hub:{folder}")
    with pytest.raises(DataError, match='Did you mean "train"'):
        read_table(f"hub:{folder}@trian")
    with pytest.raises(DataError, match="cannot be loaded"):
        read_table("hub:owner/there-is-none")
