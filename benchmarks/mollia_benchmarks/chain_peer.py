"""Runs chain-ensembles in the Python that holds it: `python chain_peer.py IN.npz OUT.npz`.

It is started as a script by `chain` and imports nothing of mollia. Only the package's simulation of a chain
over stored answers is loaded: the rest of the package needs torch and clients of LLM servers.
"""

from __future__ import annotations

import importlib.util
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np


def simulation() -> Any:  # noqa: ANN401  # the peer's types are not here
    """Return the package's module `chain_sim`, or end with "absent: " on stderr."""
    package = importlib.util.find_spec("chain_ensembles")  # finds it without importing it
    if package is None or not package.submodule_search_locations:
        sys.exit("absent: chain-ensembles")
    path = Path(package.submodule_search_locations[0]) / "chain_sim.py"
    spec = importlib.util.spec_from_file_location("chain_sim", path)
    if spec is None or spec.loader is None:
        sys.exit("absent: chain-ensembles")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_chain(peer: Any, said: Any, confidence: Any, chain: Any) -> tuple[Any, Any]:  # noqa: ANN401  # the same
    """Return the final label of each row (n,) after the rank-based ensemble, and how many LLMs it was put to (n,)."""
    pandas = importlib.import_module("pandas")
    links = [
        pandas.DataFrame({"truth": 0, "pred_label": said[:, llm], "conf_score": confidence[:, llm]})
        for llm in chain
    ]
    final, _ = peer.chain_dataframes(links, "truth")  # the truth is for its own scores, which nobody reads
    final = peer.backward_pass(final, len(links)).sort_index()
    return final["backward_label"].to_numpy(int), final["link"].to_numpy(int) + 1


def main() -> None:
    """Run each chain, a row of `chains` padded with -1; write labels and calls, both (chains, n)."""
    peer = simulation()
    with np.load(sys.argv[1]) as arrays:
        said, confidence, chains = (arrays[name] for name in ("said", "confidence", "chains"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a class that no row has
        found = [run_chain(peer, said, confidence, chain[chain >= 0]) for chain in chains]
    np.savez(sys.argv[2], labels=[labels for labels, _ in found], calls=[calls for _, calls in found])


if __name__ == "__main__":
    main()
