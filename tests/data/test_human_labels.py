import numpy as np
import pytest

from mollia.data.human_labels import read_labels
from mollia.data.matching import LabelMatcher
from mollia.errors import DataError

CLASSES = (("Refund", "money back"), ("Delivery",), ("10",), ("1",))
IDS = ("a", "b", "c", "d")


def test_names_aliases_case_and_blanks_at_the_ends_are_matched(written):
    path = written("seed.csv", "id,label\na, refund \nb,MONEY BACK\nc,Delivery\nd,\n")
    labels = read_labels(path, classes=CLASSES, ids=IDS)
    assert labels.ids == ("a", "b", "c")
    assert labels.y.tolist() == [0, 0, 1]
    assert labels.use == "seed"
    assert np.isnan(labels.chance).all()


def test_the_exact_spelling_wins_and_an_unclear_one_matches_nothing():
    match = LabelMatcher(["May", "may", "MAY"])
    assert [match("may"), match("May"), match("MAY")] == [1, 0, 2]
    assert match("mAY") == -2


def test_ten_is_not_one_and_floats_of_whole_numbers_are():
    match = LabelMatcher(["1", "10", "1.50"])
    assert [match(v) for v in ("1", "10", 1, 10, 1.0, 10.0, "10.0", 1.5, "1.50", 100)] == [
        0, 1, 0, 1, 0, 1, 1, -2, 2, -2,
    ]  # fmt: skip


def test_numbers_and_truth_values_are_not_confused():
    match = LabelMatcher(["1", "True"])
    assert [match(label) for label in (1, True, "1", "True", 1.0)] == [0, 1, 0, 1, 0]


def test_one_name_for_two_classes_is_refused():
    with pytest.raises(DataError, match='Two classes are called "x"'):
        LabelMatcher([("a", "x"), ("b", "x")])


def test_a_label_that_is_no_class_names_file_line_and_nearest(written):
    path = written("seed.csv", "id,label\na,Refund\nb,Refnd\n")
    with pytest.raises(
        DataError, match=r'seed\.csv:3, column "label": "Refnd" is not a class. Did you mean "Refund"'
    ):
        read_labels(path, classes=CLASSES, ids=IDS)


def test_ids_that_are_not_in_the_data_are_listed(written):
    path = written("seed.csv", "id,label\na,Refund\ndd,Refund\nzz,Delivery\nyy,\n")
    with pytest.raises(DataError) as caught:
        read_labels(path, classes=CLASSES, ids=IDS)
    message = str(caught.value)
    assert 'seed.csv:3, column "id": there is no row with the id "dd"' in message
    assert "1 more" in message
    assert "seed.csv:4" in message
    assert "yy" not in message


def test_two_labels_for_one_id_are_all_listed_and_equal_ones_are_one(written):
    path = written("seed.csv", "id,label\na,Refund\nb,1\na,Delivery\nb,1\nc,1\nc,10\n")
    with pytest.raises(DataError) as caught:
        read_labels(path, classes=CLASSES, ids=IDS)
    message = str(caught.value)
    assert "gives 2 rows two labels" in message
    assert 'id "a": "Refund"' in message
    assert 'id "c": "1"' in message
    with pytest.raises(DataError, match="gives 1 row two labels: "):
        read_labels(written("seed.csv", "id,label\na,Refund\na,Delivery\n"), classes=CLASSES, ids=IDS)
    assert 'id "b"' not in message
    equal = written("equal.csv", "id,label\nb,1\nb,1\n")
    assert read_labels(equal, classes=CLASSES, ids=IDS).ids == ("b",)


def test_a_file_without_a_single_label_gives_none(written):
    labels = read_labels(written("seed.csv", "id,label\na,\nb, \n"), classes=CLASSES, ids=IDS)
    assert len(labels) == 0
    assert labels.y.dtype == np.int64


def test_chance_and_use_are_read(written):
    path = written("seed.csv", "id,label,chance,use\na,1,0.5,seed\nb,1,,audit\nc,10,1,\nd,1,.1,Audit\n")
    seed = read_labels(path, classes=CLASSES, ids=IDS)
    audit = read_labels(path, classes=CLASSES, ids=IDS, use="audit")
    assert (seed.ids, seed.chance.tolist()) == (("a", "c"), [0.5, 1.0])
    assert audit.ids == ("b", "d")
    assert np.isnan(audit.chance[0])
    assert audit.use == "audit"


@pytest.mark.parametrize("chance", ["0", "1.5", "-1", "often", "nan", "inf"])
def test_an_impossible_chance_is_refused(written, chance):
    path = written("seed.csv", f"id,label,chance\na,1,{chance}\n")
    with pytest.raises(DataError, match=r'seed\.csv:2, column "chance"'):
        read_labels(path, classes=CLASSES, ids=IDS)


def test_an_unknown_use_is_refused(written):
    with pytest.raises(DataError, match='Did you mean "audit"'):
        read_labels(written("s.csv", "id,label,use\na,1,audits\n"), classes=CLASSES, ids=IDS)


def test_columns_may_have_other_names(written):
    path = written("seed.csv", "key;truth\na;1\n")
    assert read_labels(path, classes=CLASSES, ids=IDS, id="key", label="truth").ids == ("a",)
    with pytest.raises(DataError, match='no column "label"'):
        read_labels(path, classes=CLASSES, ids=IDS, id="key")


def test_numeric_ids_of_a_typed_file_are_the_pools(written):
    path = written(
        "seed.jsonl", '{"id": 1, "label": 10}\n{"id": 2.0, "label": null}\n{"id": 3, "label": "1"}\n'
    )
    labels = read_labels(path, classes=CLASSES, ids=("1", "2", "3"))
    assert (labels.ids, labels.y.tolist()) == (("1", "3"), [2, 3])
