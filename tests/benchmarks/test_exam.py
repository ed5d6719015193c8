import json
import shutil

import numpy as np
import pytest

from mollia.data.duplicates import group
from mollia.errors import DataError
from mollia_benchmarks.datasets import load
from mollia_benchmarks.exam import exam


def described(panel_folder, folder, **changes):
    shutil.copytree(panel_folder, folder)
    path = folder / "labels.json"
    about = json.loads(path.read_text())
    about["parcels"] |= changes
    path.write_text(json.dumps(about))
    return folder


@pytest.mark.parametrize(("name", "tested"), [("policy_en", 925), ("consumer_complaints", 300)])
def test_no_text_that_scores_is_in_the_pool(name, tested):
    taken = exam(name)
    assert len(taken.test_texts) == len(taken.test_gold) == tested
    assert (taken.test_gold >= 0).all()
    assert len(set(group(taken.texts).tolist())) == len(taken.texts) == len(taken.answers.ids)
    assert not set(taken.texts) & set(taken.test_texts)


def test_rows_from_an_id_on_score_where_the_description_says_so(panel_folder, tmp_path):
    taken = exam("parcels", described(panel_folder, tmp_path / "copy", test=None, test_from_id=350))
    assert len(taken.test_gold) == 50
    assert max(int(id_) for id_ in taken.answers.ids) < 350


def test_a_set_that_says_nothing_scores_on_the_same_three_tenths(panel_folder, tmp_path):
    taken = exam("parcels", described(panel_folder, tmp_path / "copy", test=None))
    whole = load("parcels", panel_folder)
    assert len(taken.test_gold) == 120
    expected = np.random.default_rng(0).permutation(400)[280:]
    assert set(taken.test_texts) == {whole.texts[row] for row in expected.tolist()}


def test_a_set_that_leaves_nothing_to_label_is_refused(panel_folder, tmp_path):
    with pytest.raises(DataError, match="leaves 0 texts to label"):
        exam("parcels", described(panel_folder, tmp_path / "copy", test=None, test_from_id=0))
