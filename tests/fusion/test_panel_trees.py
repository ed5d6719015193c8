import numpy as np
import pytest

from mollia.errors import DataError
from mollia.fusion import Mixture
from mollia.fusion.candidates import FEATURES
from mollia.fusion.panel_trees import SHIPPED, log_odds, reweigh


def given(n=50, n_classes=6, seed=0):
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.ones(n_classes), size=n)
    classes = np.argsort(-P, axis=1)[:, :4]
    lines = rng.random((n, 4, len(FEATURES))).astype(np.float32)
    lines[:, :, FEATURES.index("posterior")] = np.take_along_axis(P, classes, 1)
    return P, classes, lines


def test_only_the_candidates_move_and_their_mass_stays():
    P, classes, lines = given()
    out = reweigh(SHIPPED, P, classes, lines)
    np.testing.assert_allclose(out.sum(1), 1.0)
    others = np.ones_like(P, bool)
    np.put_along_axis(others, classes, values=False, axis=1)
    np.testing.assert_array_equal(out[others], P[others])
    assert not np.allclose(out, P)


def test_rows_are_read_one_by_one():
    P, classes, lines = given()
    whole = reweigh(SHIPPED, P, classes, lines)
    part = reweigh(SHIPPED, P[:7], classes[:7], lines[:7])
    np.testing.assert_array_equal(whole[:7], part)


def test_a_function_takes_the_place_of_trees():
    P, classes, lines = given()
    assert reweigh(lambda P, _classes, _lines: P, P, classes, lines) is P


def test_certain_and_impossible_classes_have_bounded_log_odds():
    assert np.isfinite(log_odds(np.array([0.0, 1.0]))).all()
    assert log_odds(np.array([0.5]))[0] == 0


@pytest.mark.parametrize("content", [None, "not trees", "{}"])
def test_trees_that_cannot_be_read_are_a_data_error(tmp_path, panel, drawer, content):
    path = tmp_path / "trees.json"
    if content is not None:
        path.write_text(content)
    X, gold, _ = panel
    with pytest.raises(DataError, match=r"trees\.json does not hold trees") as error:
        Mixture(trees=str(path)).fit(X, drawer(gold, 30))
    assert "--learn" in str(error.value.hint)
