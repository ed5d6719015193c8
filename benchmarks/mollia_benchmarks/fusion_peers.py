"""Runs a peer's label aggregation in the Python that holds it: `python fusion_peers.py NAME IN.npz OUT.npz`.

It is started as a script by `bench.peers` and imports nothing of mollia. IN holds `said` (n, N), each LLM's class
number or -1, `seen` (draws, n), the human labels of each draw or -1, `n_classes`, `vectors` (n, d) of the texts. OUT
gets `posterior` (draws or 1, n, K), processor seconds of one fit, and by how many MB it raised the process's peak.
"""

from __future__ import annotations

import importlib
import pathlib
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

FOLDS = 5
GOLD_AWARE = ("crowdkit_dawid_skene_gold",)


def long_table(said: Any) -> Any:  # noqa: ANN401  # the peers' types are not here
    """Return the answers as crowd-kit wants them: a row for each, with task, worker and label."""
    pandas = importlib.import_module("pandas")
    row, llm = np.nonzero(said >= 0)
    return pandas.DataFrame({"task": row, "worker": llm, "label": said[row, llm]})


def wide(posterior: Any, n: int, n_classes: int) -> Any:  # noqa: ANN401  # as above
    """Return crowd-kit's probabilities (n, K); uniform in rows without an answer."""
    out = np.full((n, n_classes), 1.0 / n_classes)
    rows = posterior.index.to_numpy()
    out[rows] = 0.0
    for label in posterior.columns:
        out[rows, int(label)] = posterior[label].to_numpy()
    return out


def crowdkit(name: str, **settings: Any) -> Callable[..., Any]:  # noqa: ANN401  # as above
    """Return a fit of one of crowd-kit's aggregators."""

    def fit(data: dict[str, Any], y: Any) -> Any:  # noqa: ANN401  # as above
        pandas = importlib.import_module("pandas")
        aggregator = getattr(importlib.import_module("crowdkit.aggregation"), name)(**settings)
        said, n_classes = data["said"], int(data["n_classes"])
        given = {}
        if y is not None:
            human = np.flatnonzero(y >= 0)
            given["true_labels"] = pandas.Series(y[human], index=pandas.Index(human, name="task"))
        return wide(aggregator.fit_predict_proba(long_table(said), **given), len(said), n_classes)

    return fit


def snorkel(data: dict[str, Any], _y: Any) -> Any:  # noqa: ANN401  # as above
    """Fit Snorkel's LabelModel on the LLMs as labelling functions."""
    model = importlib.import_module("snorkel.labeling.model").LabelModel
    fitted = model(cardinality=int(data["n_classes"]), verbose=False)
    fitted.fit(data["said"], n_epochs=500, seed=0, progress_bar=False)
    return fitted.predict_proba(data["said"])


def cleanlab(data: dict[str, Any], _y: Any) -> Any:  # noqa: ANN401  # as above
    """Fit cleanlab's CROWDLAB consensus, with a logistic regression on the texts as its classifier.

    It names a label and its quality; what is left of 1 is shared evenly.
    """
    peer = importlib.import_module("cleanlab.multiannotator")
    linear = importlib.import_module("sklearn.linear_model")
    selection = importlib.import_module("sklearn.model_selection")
    said, n_classes = data["said"].astype(float), int(data["n_classes"])
    said[said < 0] = np.nan
    heard = np.flatnonzero(~np.isnan(said).all(1))
    majority = peer.get_majority_vote_label(said[heard], verbose=False)
    predicted = np.full((len(heard), n_classes), 1e-6)
    folds = selection.KFold(FOLDS, shuffle=True, random_state=0)
    for train, test in folds.split(heard):
        head = linear.LogisticRegression(max_iter=300).fit(data["vectors"][heard[train]], majority[train])
        predicted[np.ix_(test, head.classes_.astype(int))] += head.predict_proba(data["vectors"][heard[test]])
    predicted /= predicted.sum(1, keepdims=True)
    # only the classes that an LLM named count, numbered from 0
    named = np.unique(said[heard][~np.isnan(said[heard])])
    numbered = np.where(np.isnan(said[heard]), np.nan, np.searchsorted(named, np.nan_to_num(said[heard])))
    of_named = predicted[:, named.astype(int)] / predicted[:, named.astype(int)].sum(1, keepdims=True)
    quality = peer.get_label_quality_multiannotator(numbered, of_named, verbose=False)["label_quality"]
    label = named[quality["consensus_label"].to_numpy().astype(int)].astype(int)
    sure = quality["consensus_quality_score"].to_numpy()
    out = np.full((len(said), n_classes), 1.0 / n_classes)
    out[heard] = ((1 - sure) / (n_classes - 1))[:, None]
    out[heard, label] = sure
    return out


PEERS: dict[str, tuple[str, Callable[..., Any]]] = {
    "crowdkit_dawid_skene": ("crowdkit.aggregation", crowdkit("DawidSkene")),
    "crowdkit_dawid_skene_gold": ("crowdkit.aggregation", crowdkit("DawidSkene")),
    "crowdkit_mace": ("crowdkit.aggregation", crowdkit("MACE", random_state=0)),
    "crowdkit_glad": ("crowdkit.aggregation", crowdkit("GLAD", silent=True)),
    "snorkel_label_model": ("snorkel.labeling.model", snorkel),
    "cleanlab_crowdlab": ("cleanlab.multiannotator", cleanlab),
    "crowdkit_dawid_skene_converged": (
        "crowdkit.aggregation",
        crowdkit("DawidSkene", n_iter=2000, tol=1e-12),
    ),
}


def peak() -> float:
    """Return the process's highest memory so far, in MB."""
    status = pathlib.Path("/proc/self/status")
    if status.is_file():  # rusage's figure begins with the parent's memory, this one does not
        line = next(line for line in status.read_text("utf-8").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 2**10
    high = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return high / 2**20 if sys.platform == "darwin" else high / 2**10


def main() -> None:
    """Fit the peer on each draw (once, where it takes no human labels) and save what it says."""
    name, source, target = sys.argv[1:4]
    module, fit = PEERS[name]
    try:
        importlib.import_module(module)
    except ImportError as error:
        raise SystemExit(f"absent: {error.name}") from None
    with np.load(source) as arrays:
        data = dict(arrays)
    draws = list(data["seen"]) if name in GOLD_AWARE else [None]
    before, began = peak(), time.process_time()
    posterior = np.stack([fit(data, y) for y in draws])
    seconds = (time.process_time() - began) / len(draws)
    np.savez(target, posterior=posterior, seconds=seconds, megabytes=peak() - before)


if __name__ == "__main__":
    main()
