import numpy as np

from mollia.fusion.observation import observe
from mollia.fusion.one_coin import learn_one_coin


def test_weights_follow_the_accuracies_without_labels(simulator):
    X, gold, _ = simulator(1000, accuracies=(0.9, 0.7, 0.5))
    learned = learn_one_coin(observe(X), np.full(1000, -1))
    assert (np.diff(learned.weight) < 0).all()
    assert (learned.posterior(observe(X)).argmax(1) == gold).mean() > 0.86


def test_labels_correct_what_a_wrong_majority_says(simulator, drawer):
    X, gold, _ = simulator(400, accuracies=(0.95, 0.3, 0.3, 0.3), telling_texts=False)
    o = observe(X)
    o[:, 2:] = o[:, 1:2]  # three LLMs that are wrong together
    free, told = (learn_one_coin(o, y) for y in (np.full(400, -1), drawer(gold, 100)))
    right = [(learned.posterior(o).argmax(1) == gold).mean() for learned in (free, told)]
    assert right[1] > right[0] + 0.1


def test_a_silent_llm_changes_nothing(simulator):
    X, _, _ = simulator(200)
    o = observe(X)
    y = np.full(200, -1)
    wider = np.concatenate([o, np.zeros((200, 1, 4))], axis=1)
    np.testing.assert_allclose(learn_one_coin(wider, y).posterior(wider), learn_one_coin(o, y).posterior(o))
