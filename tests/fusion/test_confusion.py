from dataclasses import replace

import numpy as np
import pytest

from mollia.fusion.confusion import Settings, dawid_skene
from mollia.fusion.observation import observe


def test_a_sample_of_a_large_pool_teaches_the_same_confusions(simulator, drawer):
    X, gold, _ = simulator(8000)
    y, o = drawer(gold, 50), observe(X)
    whole, all_rows = dawid_skene(o, y, settings=Settings())
    sampled, some_rows = dawid_skene(o, y, settings=Settings(most_rows=4000))
    assert np.abs(np.exp(all_rows.log_confusion) - np.exp(some_rows.log_confusion)).max() < 0.05
    assert (whole.argmax(1) == sampled.argmax(1)).mean() > 0.97


@pytest.mark.parametrize("overstep", [1.0, 1.8])
def test_learning_block_by_block_ends_where_learning_from_all_rows_ends(simulator, drawer, overstep):
    X, gold, _ = simulator(1200, n_classes=6, accuracies=(0.6, 0.55, 0.5, 0.4))
    y, o = drawer(gold, 30), observe(X)
    slow = Settings(panel_prior=True, max_steps=500, tolerance=1e-9)
    whole, all_rows = dawid_skene(o, y, settings=slow)
    blocks, by_block = dawid_skene(o, y, settings=replace(slow, block=200, overstep=overstep))
    np.testing.assert_allclose(blocks, whole, atol=1e-5)
    np.testing.assert_allclose(by_block.log_prior, all_rows.log_prior, atol=1e-5)


def test_six_oversteps_by_block_come_as_near_as_twenty_steps(simulator, drawer):
    X, gold, _ = simulator(1200, n_classes=6, accuracies=(0.6, 0.55, 0.5, 0.4))
    y, o = drawer(gold, 30), observe(X)
    settings = Settings(panel_prior=True, max_steps=500, tolerance=0.0)
    end, _ = dawid_skene(o, y, settings=settings)
    apart = {
        name: np.abs(dawid_skene(o, y, settings=replace(settings, **steps))[0] - end).mean()
        for name, steps in {
            "whole": {"max_steps": 20},
            "blocks": {"max_steps": 6, "block": 200, "overstep": 1.8},
        }.items()
    }
    assert apart["blocks"] < 1.2 * apart["whole"]


def test_blocks_keep_priors_of_rows_carried_rows_and_known_repeats(simulator, drawer):
    """What each row brings along goes with it into its block."""
    X, gold, _ = simulator(400)
    y, o = drawer(gold, 30), observe(X)
    carried = np.where(np.arange(400) < 300, 0.0, 0.5)
    y[300:] = gold[300:]
    prior = np.log(np.random.default_rng(0).dirichlet(np.ones(4), size=400))
    slow = Settings(max_steps=500, tolerance=1e-9)
    for extra in ({"log_prior": prior}, {"carried": carried}, {"repeats": 1.0 + np.arange(400) % 3}):
        whole, _ = dawid_skene(o, y, settings=slow, **extra)
        blocks, _ = dawid_skene(o, y, settings=replace(slow, block=70), **extra)
        np.testing.assert_allclose(blocks, whole, atol=1e-5)
