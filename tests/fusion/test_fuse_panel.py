import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import BaseEstimator

import mollia.fusion
from mollia.errors import TaskError
from mollia.fusion import Vote, fuse
from mollia.records import PanelAnswers


def test_import_is_light_and_the_estimators_are_exported():
    code = (
        "import sys, mollia.fusion as f; "
        "assert not {'sklearn', 'xgboost', 'scipy'} & set(sys.modules); "
        "assert [getattr(f, name).__name__ for name in dir(f)] == "
        "['DawidSkene', 'Mean', 'Mixture', 'MoLAM', 'Vote', 'fuse']"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_method_is_refused_with_the_nearest_name(panel):
    with pytest.raises(TaskError, match='Did you mean "molam"'):
        fuse(panel[0], np.full(300, -1), method="molan")


def test_an_unknown_export_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Magic'"):
        _ = mollia.fusion.Magic


def test_an_estimator_may_be_given_and_names_the_method(panel):
    assert fuse(panel[0], np.full(300, -1), method=Vote()).method == "Vote"
    assert fuse(panel[0], [-1] * 300).method == "default"


def test_a_fuser_without_fit_predict_proba_works(panel):
    """As somebody else's fuser may have only the protocol's methods."""

    class Constant(BaseEstimator):
        def fit(self, X, _y, **_texts):
            self.classes_ = np.arange(X.n_classes)
            return self

        def predict_proba(self, X, **_texts):
            return np.tile([0.7, 0.1, 0.1, 0.1], (len(X), 1))

    fused = fuse(panel[0], np.full(300, -1), method=Constant())
    assert fused.label.tolist() == [0] * 300


def test_rows_without_an_answer_are_counted(panel):
    X, _, texts = panel
    asked = X.asked.copy()
    asked[5:9] = False
    notes = fuse(replace(X, asked=asked), np.full(300, -1), texts=texts).notes
    assert "4 of 300 rows have no usable answer of any LLM." in notes


def test_many_unseen_classes_are_not_all_listed():
    c = np.random.default_rng(0).dirichlet(np.ones(40), size=(3, 1))
    X = PanelAnswers(ids="abc", llms=("u",), z=c, c=c)
    assert any("and 27 more" in note for note in fuse(X, [0, 1, 2], method="vote").notes)


def test_notes_name_the_classes_and_count_overruled_unanimous_rows(simulator):
    X, gold, _ = simulator(400)
    truth = (gold + 1) % 4  # people contradict the panel
    y = np.where(np.arange(400) < 200, truth, -1)
    y[y == 2] = -1
    fused = fuse(X, y, classes=("red", "green", "blue", "grey"))
    assert any('"blue"' in note for note in fused.notes)
    said = X.z.argmax(2)
    unanimous = (said == said[:, :1]).all(1) & (y < 0)
    overruled = int((unanimous & (fused.label != said[:, 0])).sum())
    assert overruled > 0
    assert any(
        note.startswith(f"{overruled} of the {int(unanimous.sum())} rows on which all LLMs agree")
        for note in fused.notes
    )
