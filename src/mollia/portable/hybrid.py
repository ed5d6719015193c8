"""A student that reads words and an encoder's vectors, as one ONNX model of both.

Its inputs are those of a lexical student (columns and counts) and those of one on an encoder (token ids and mask), so the folder
has features.json and tokenizer.json, and no program but one's own reads both: docs/export-student.md shows one in Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mollia.encode.hybrid import LEXICAL_SHARE, HybridFeatures
from mollia.portable.encoder import encoding_of, write_tokenizer
from mollia.portable.lexical import INPUTS, lexical_scores, write_vocabulary
from mollia.student.softmax_head import Head


def write_hybrid(features: HybridFeatures, head: Head, classes: Sequence[str], folder: Path) -> None:
    """Write the files of a hybrid student to an empty folder.

    Raises
    ------
    MissingExtra, DataError
        When a library is missing, or the encoder is of a kind that no head can be joined to.
    """
    width = features.tfidf.width
    with encoding_of(features.dense) as encoding:
        graph = encoding.graph
        words = lexical_scores(graph, features.tfidf, LEXICAL_SHARE * head.coef[:width])
        vectors = graph("MatMul", encoding.vectors, graph.constant(head.coef[width:]))
        graph.end(graph("Add", words, vectors), head.intercept)
        graph.write(encoding.model(graph.inputs(**INPUTS), len(classes)), folder)
        write_tokenizer(encoding, folder)
    write_vocabulary(features.tfidf, classes, folder)
