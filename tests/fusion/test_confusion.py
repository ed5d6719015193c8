import numpy as np

from mollia.fusion.confusion import Settings, dawid_skene
from mollia.fusion.observation import observe


def test_a_sample_of_a_large_pool_teaches_the_same_confusions(simulator, drawer):
    X, gold, _ = simulator(8000)
    y, o = drawer(gold, 50), observe(X)
    whole, all_rows = dawid_skene(o, y, settings=Settings())
    sampled, some_rows = dawid_skene(o, y, settings=Settings(most_rows=4000))
    assert np.abs(np.exp(all_rows.log_confusion) - np.exp(some_rows.log_confusion)).max() < 0.05
    assert (whole.argmax(1) == sampled.argmax(1)).mean() > 0.97
