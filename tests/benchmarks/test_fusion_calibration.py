import numpy as np
import pytest
from typer.testing import CliRunner

from mollia.arrays import clog, softmax
from mollia_benchmarks.cli import app
from mollia_benchmarks.fusion_calibration import VARIANTS, chosen_variant, least_error, with_confidence
from mollia_benchmarks.scores import calibration_error


@pytest.fixture
def posterior():
    """A posterior of 1,000 rows, and labels drawn from it."""
    rng = np.random.default_rng(0)
    P = softmax(1.5 * rng.standard_normal((1000, 4)))
    y = (P.cumsum(1) > rng.random((len(P), 1))).argmax(1)
    return P, y


def log_loss(P, y):
    return -np.log(P[np.arange(len(y)), y]).mean()


def test_least_error_is_what_chance_gives_a_calibrated_posterior(posterior):
    P, _ = posterior
    rng = np.random.default_rng(1)
    drawn = [(P.cumsum(1) > rng.random((len(P), 1))).argmax(1) for _ in range(50)]
    found = np.mean([calibration_error(P.max(1), P.argmax(1) == y, equal_mass=True) for y in drawn])
    assert least_error(P.max(1)) == pytest.approx(found, rel=0.1)


def test_with_confidence_keeps_the_label_and_the_odds_of_the_others():
    P = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    new = with_confidence(P, np.array([0.9, 0.5]))
    np.testing.assert_allclose(new, [[0.9, 0.06, 0.04], [0.25, 0.25, 0.5]])


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_hardly_changes_what_is_calibrated(name, posterior):
    P, y = posterior
    after = VARIANTS[name](P[:500], y[:500])(P[500:])
    np.testing.assert_allclose(after.sum(1), 1)
    assert log_loss(after, y[500:]) < log_loss(P[500:], y[500:]) + 0.02


@pytest.mark.parametrize("name", ["isotonic", "sigmoid", "per class"])
def test_a_variant_repairs_overconfidence(name, posterior):
    P, y = posterior
    sure = softmax(2.5 * clog(P, 1e-12))
    after = VARIANTS[name](sure[:500], y[:500])(sure[500:])
    assert log_loss(after, y[500:]) < 0.9 * log_loss(sure[500:], y[500:])


def test_a_variant_is_chosen_only_where_it_is_sure_to_help(posterior):
    P, y = posterior
    assert chosen_variant(P, y) == "temperature"
    shifted = softmax(clog(P, 1e-12) + np.array([2.0, 0, 0, -2.0]))
    assert chosen_variant(shifted, y) == "per class"


def test_the_command_writes_a_table(tmp_path):
    words = ["fusion", "--calibration", "--labels", "10,50", "--sets", "consumer_complaints", "--draws", "1"]
    result = CliRunner().invoke(app, [*words, "--processes", "1", "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    (row,) = [line for line in (tmp_path / "table.md").read_text().splitlines() if "complaints" in line]
    assert row.startswith("| consumer_complaints | 50 |"), "nothing is fitted with ten labels"
    assert row in result.stdout
