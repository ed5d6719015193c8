"""Our Dawid-Skene beside crowd-kit's: `make test` installs it and names its Python as MOLLIA_PEERS."""

import os
import sys

import numpy as np
import pytest

from mollia.fusion import DawidSkene
from mollia.fusion.observation import hard_answers
from mollia_benchmarks.peers import LARGE_CLASSES, as_panel, ask_peer, made_up_answers, run

PEERS = os.environ.get("MOLLIA_PEERS")
needs_peers = pytest.mark.skipif(PEERS is None, reason="MOLLIA_PEERS names no Python with crowd-kit")


def theirs(name, said, n_classes):
    nobody = np.full((1, len(said)), -1)
    nothing = np.zeros((len(said), 0), np.float32)
    return ask_peer(name, PEERS, said=said, seen=nobody, n_classes=n_classes, text=nothing)


def test_hard_answers_of_a_panel_come_back():
    said = made_up_answers(50)
    said[3, 1] = -1
    np.testing.assert_array_equal(hard_answers(as_panel(said, LARGE_CLASSES)), said)


@needs_peers
def test_without_human_labels_we_agree_with_crowd_kit():
    said = made_up_answers(2000)
    said[np.random.default_rng(1).random(said.shape) < 0.1] = -1
    said[:, 0] = np.where((said < 0).all(1), 0, said[:, 0])
    P = DawidSkene(
        soft=False, smoothing=0.0, prior_count=0.0, max_steps=2000, tolerance=1e-9
    ).fit_predict_proba(as_panel(said, LARGE_CLASSES), np.full(2000, -1))
    found = theirs("crowdkit_dawid_skene_converged", said, LARGE_CLASSES)
    np.testing.assert_allclose(P, found["posterior"][0], atol=1e-3)


@needs_peers
def test_both_are_timed_in_one_run(tmp_path):
    text = run(sets=[], methods=[], labels=50, draws=1, python=PEERS, out=tmp_path, rows=5000)
    assert float(text.split(" times faster")[0].split()[-1]) > 0  # how much is the benchmark's to say


@pytest.mark.recorded
def test_absent_peers_are_named_with_the_way_to_get_them(tmp_path):
    """The development environment holds no crowd-kit and no Snorkel."""
    text = run(
        sets=["policy_en"],
        methods=["vote"],
        labels=50,
        draws=2,
        python=sys.executable,
        out=tmp_path,
        rows=1000,
    )
    assert "| vote | .64" in text
    assert "Absent: crowdkit_dawid_skene, crowdkit_dawid_skene_gold, crowdkit_mace, crowdkit_glad" in text
    assert "pip install crowd-kit snorkel cleanlab" in text
