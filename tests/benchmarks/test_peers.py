"""Our Dawid-Skene beside crowd-kit's: `make test` installs it, in .venv/peers."""

import sys
from pathlib import Path

import numpy as np
import pytest

from mollia.fusion import DawidSkene
from mollia.fusion.observation import hard_answers
from mollia_benchmarks.job import Job
from mollia_benchmarks.peers import LARGE_CLASSES, as_panel, ask_peer, made_up_answers, run


@pytest.fixture
def peers():
    python = Path(sys.prefix) / "peers/bin/python"
    assert python.is_file(), f"{python} is missing: make test installs crowd-kit there"
    return str(python)


def theirs(python, name, said, n_classes):
    nobody = np.full((1, len(said)), -1)
    nothing = np.zeros((len(said), 0), np.float32)
    return ask_peer(name, python, said=said, seen=nobody, n_classes=n_classes, text=nothing)


def test_hard_answers_of_a_panel_come_back():
    said = made_up_answers(50)
    said[3, 1] = -1
    np.testing.assert_array_equal(hard_answers(as_panel(said, LARGE_CLASSES)), said)


def test_without_human_labels_we_agree_with_crowd_kit(peers):
    said = made_up_answers(2000)
    said[np.random.default_rng(1).random(said.shape) < 0.1] = -1
    said[:, 0] = np.where((said < 0).all(1), 0, said[:, 0])
    P = DawidSkene(
        soft=False, smoothing=0.0, prior_count=0.0, max_steps=2000, tolerance=1e-9
    ).fit_predict_proba(as_panel(said, LARGE_CLASSES), np.full(2000, -1))
    found = theirs(peers, "crowdkit_dawid_skene_converged", said, LARGE_CLASSES)
    np.testing.assert_allclose(P, found["posterior"][0], atol=1e-3)


def test_both_are_timed_in_one_run(peers, tmp_path):
    text = run(Job(sets=[], out=tmp_path), methods=[], labels=50, draws=1, python=peers, rows=5000)
    assert float(text.split(" times faster")[0].split()[-1]) > 0  # how much is the benchmark's to say


def test_absent_peers_are_named_with_the_way_to_get_them(tmp_path):
    """The development environment holds no crowd-kit and no Snorkel."""
    job = Job(sets=["policy_en"], out=tmp_path)
    text = run(job, methods=["vote"], labels=50, draws=2, python=sys.executable, rows=1000)
    assert "| vote | .64" in text
    assert "Absent: crowdkit_dawid_skene, crowdkit_dawid_skene_gold, crowdkit_mace, crowdkit_glad" in text
    assert "pip install crowd-kit snorkel cleanlab" in text
