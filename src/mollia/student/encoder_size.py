"""How long an encoder takes to learn, told from its files, and which of the known ones that are on this machine takes not too long."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from mollia.optional import is_installed
from mollia.student.recipe import AS_MEASURED, Recipe
from mollia.student.start_weights import at_hand, config_file, has_card

AUTO = "auto"
MINILM = "sentence-transformers/all-MiniLM-L6-v2"
KNOWN = ("sentence-transformers/all-mpnet-base-v2", MINILM)  # the more accurate ones first
SECONDS_PER_ROW = 0.008  # to see a short text once and learn from it, with MiniLM on one core
SHORT, LONGEST = 10.0, 90.0  # words of a short text, and of one beyond which it is cut
LOOKED_AT = 1_000  # texts whose words are counted
LAYERS, WIDTH = 6, 384  # MiniLM's
CARD = 20.0  # times a graphics card is at least faster than one core; not measured
MOST_SECONDS = 600.0  # what may be taken without being asked for


def chosen_weights(asked: str, seconds: float, *, allowed: float = MOST_SECONDS) -> str:
    """Return where fine-tuning starts: for "auto" the largest known encoder here that learns within the time allowed.

    `seconds` is what MiniLM would take on one core. Where none is here, or none would be ready, MiniLM.
    """
    if asked != AUTO:
        return asked
    if is_installed("torch") and is_installed("transformers"):
        for weights in KNOWN:
            if at_hand(weights) and seconds * cost(weights) <= allowed:
                return weights
    return MINILM


def learning_seconds(rows: int, n_classes: int, recipe: Recipe = AS_MEASURED) -> float:
    """Return about how long MiniLM learns from so many short texts on one core."""
    return SECONDS_PER_ROW * recipe.steps(rows, n_classes) * min(rows, recipe.batch)


def length(texts: Sequence[str]) -> float:
    """Return how many times as long as short ones texts are, on average over at most LOOKED_AT of them."""
    some = np.linspace(0, len(texts) - 1, min(LOOKED_AT, len(texts))).astype(np.int64).tolist()
    words = [min(len(texts[row].split()), LONGEST) for row in some]
    return max(1.0, float(np.mean(words)) / SHORT) if words else 1.0


def cost(weights: str) -> float:
    """Return how many times as long as MiniLM an encoder on this machine learns; 1 where its files do not say."""
    try:
        said = json.loads(config_file(weights).read_text("utf-8"))
        layers, width = int(said["num_hidden_layers"]), int(said["hidden_size"])
    except (OSError, ValueError, KeyError, TypeError):
        return 1.0  # loading it tells what is wrong
    here = layers * width**2 / (LAYERS * WIDTH**2)
    return here / CARD if has_card() else here
