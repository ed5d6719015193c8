"""A lexical student as a folder for programs without mollia: an ONNX model, its vocabulary, and a JavaScript module.

No ONNX operator cuts a text as the student does, so a program counts the student's words and pieces by features.json
(docs/export-student.md describes it) and gives their columns and counts to the model. The JavaScript module does both without onnxruntime.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np

from mollia.arrays import Floats
from mollia.encode.ngrams import LONGEST, SHORTEST
from mollia.encode.tfidf import BLOCKS, Tfidf
from mollia.portable.graph import Graph, write_features
from mollia.student.softmax_head import Head

WEIGHTS, MODULE = "weights.bin", "student.mjs"
INPUTS = {"columns": np.int64, "counts": np.float32}


def write_lexical(features: Tfidf, head: Head, classes: Sequence[str], folder: Path) -> None:
    """Write the files of a lexical student to an empty folder."""
    graph = Graph()
    graph.end(lexical_scores(graph, features, head.coef), head.intercept)
    graph.write(graph.model(graph.inputs(**INPUTS), head.coef.shape[1]), folder)
    write_vocabulary(features, classes, folder)
    numbers = (_idf(features), head.intercept, head.coef)
    (folder / WEIGHTS).write_bytes(b"".join(np.asarray(each, "<f4").tobytes() for each in numbers))
    (folder / MODULE).write_bytes(files(__package__).joinpath(MODULE).read_bytes())


def write_vocabulary(features: Tfidf, classes: Sequence[str], folder: Path) -> None:
    """Write features.json: the classes, and the column of each word and piece."""
    grams = {block: list(features.vocabulary_[block]) for block in BLOCKS}
    write_features(folder, classes, pieces=[SHORTEST, LONGEST], **grams)


def lexical_scores(graph: Graph, features: Tfidf, coef: Floats) -> str:
    """Add the scores (n, K), without intercept, of columns (n, m) and counts (n, m; 0 = padding)."""
    words = len(features.vocabulary_["word"])
    nothing, one = graph.constant(0.0), graph.constant(1.0)
    known = graph("Greater", "counts", nothing)
    logged = graph("Add", graph("Log", graph("Where", known, "counts", one)), one)
    idf = graph("Gather", graph.constant(_idf(features)), "columns")
    value = graph("Where", known, graph("Mul", logged, idf), nothing)
    is_word = graph.floats(graph("Less", "columns", graph.constant(words, np.int64)))
    is_piece = graph("Sub", one, is_word)
    parts = [graph.unit(graph("Mul", value, part)) for part in (is_word, is_piece)]
    rows = graph("Gather", graph.constant(coef), "columns")  # (n, m, K)
    across = graph.shaped(graph("Add", *parts), 0, 1, -1)
    return graph.shaped(graph("MatMul", across, rows), -1, coef.shape[1])


def _idf(features: Tfidf) -> Floats:
    return np.concatenate([features.idf_[block] for block in BLOCKS])
