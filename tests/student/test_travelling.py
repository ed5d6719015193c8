"""A student that is pickled predicts where it arrives, whatever its features are, without the folder it came from."""

import pickle
import shutil

import numpy as np
import pytest

from mollia.arrays import one_hot
from mollia.encode.hybrid import Hybrid
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent
from mollia.student.travelling import TravellingStudent

TEXTS = ["good film", "bad film", "a good good story", "bad, bad acting"]


@pytest.mark.parametrize("kind", ["lexical", "hybrid"])
def test_it_predicts_where_it_arrives(kind, minilm, tmp_path):
    encoder = "lexical" if kind == "lexical" else Hybrid(minilm)
    student = FrozenStudent(encoder=encoder).fit(TEXTS, one_hot(np.array([0, 1, 0, 1]), 2))
    here = TravellingStudent(save(student, tmp_path / "student", ["liked it", "NA"]))
    expected = here.student.predict_proba(TEXTS)
    sent = pickle.dumps(here)
    shutil.rmtree(tmp_path / "student")
    there = pickle.loads(sent)  # noqa: S301  # our own
    assert there.student.classes == ("liked it", "NA")
    np.testing.assert_array_equal(there.student.predict_proba(TEXTS), expected)
    folder = there.folder
    assert folder.is_dir()
    del there
    assert not folder.exists()
