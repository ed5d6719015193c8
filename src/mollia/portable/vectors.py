"""A student of numbers as an ONNX model that takes them as they came: vectors, or columns of a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mollia.encode.precomputed import VectorFeatures
from mollia.portable.graph import Graph, write_features
from mollia.student.softmax_head import Head

INPUT = "vectors"


def write_vectors(features: VectorFeatures, head: Head, classes: Sequence[str], folder: Path) -> None:
    """Write the files of a student of vectors (n, d) to an empty folder."""
    graph, n_classes = Graph(), len(classes)
    centred = graph("Sub", INPUT, graph.constant(features.centre, np.float64))
    rows = graph("Div", centred, graph.constant(features.scale, np.float64))
    graph.head(graph.floats(rows), head.coef, head.intercept)
    graph.write(graph.model(graph.inputs(len(features.scale), **{INPUT: np.float64}), n_classes), folder)
    write_features(folder, classes, columns=list(features.columns))
