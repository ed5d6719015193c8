"""Runs a peer's strategy in the Python that holds it: `python query_peers.py NAME ROWS.npz N SEED`.

It is started as a script by `bench.query` and imports nothing of mollia.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
import tracemalloc
from typing import Any

import numpy as np


def coreset(arrays: Any, n: int, _seed: int) -> Any:  # noqa: ANN401  # the peer's types are not here
    """Pick by small-text's greedy core-set, Euclidean as in ours."""
    peer = importlib.import_module("small_text.query_strategies.coresets")
    m = len(arrays["vectors"])
    x = np.concatenate([arrays["vectors"], arrays["labelled"]])
    unlabelled, labelled = np.arange(m), np.arange(m, len(x))
    return lambda: peer.greedy_coreset(x, unlabelled, labelled, n, distance_metric="euclidean")


def badge(arrays: Any, n: int, seed: int) -> Any:  # noqa: ANN401  # the peer's types are not here
    """Pick by scikit-activeml's BADGE, with the classifier already fitted."""
    pool = importlib.import_module("skactiveml.pool")
    classifier = importlib.import_module("skactiveml.classifier")
    linear = importlib.import_module("sklearn.linear_model")
    m = len(arrays["vectors"])
    x = np.concatenate([arrays["vectors"], arrays["labelled"]]).astype(np.float64)
    y = np.full(len(x), np.nan)
    y[m:] = arrays["y"]
    head = classifier.SklearnClassifier(linear.LogisticRegression(max_iter=200), classes=np.arange(6))
    head.fit(x[m:], y[m:])
    strategy = pool.Badge(random_state=seed)
    return lambda: strategy.query(x, y, head, fit_clf=False, batch_size=n)


def main() -> None:
    """Time the picks and print them as JSON."""
    name, path, n, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    with np.load(path) as arrays:
        pick = {"coreset": coreset, "badge": badge}[name](dict(arrays), n, seed)
    tracemalloc.start()  # costs little beside products of large arrays
    started = time.process_time()
    rows = pick()
    seconds = time.process_time() - started
    megabytes = tracemalloc.get_traced_memory()[1] / 2**20
    print(json.dumps({"rows": [int(row) for row in rows], "seconds": seconds, "megabytes": megabytes}))


if __name__ == "__main__":
    main()
