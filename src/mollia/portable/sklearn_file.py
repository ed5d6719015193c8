"""A student as a scikit-learn pipeline in a .skops file, which scikit-learn and skops read without mollia.

The format is skops' (https://skops.readthedocs.io, read in November 2026): a zip of JSON and .npy files. Unlike a pickle (joblib's files
among them) it runs no code when it is read, and whoever loads it says which types outside of scikit-learn it may hold.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from mollia.arrays import Floats, Rows
from mollia.encode.hybrid import LEXICAL_SHARE, HybridFeatures
from mollia.encode.ngrams import LONGEST, SHORTEST, WORD
from mollia.encode.onnx_images import OnnxImages
from mollia.encode.pixels import Pixels
from mollia.encode.precomputed import VectorFeatures
from mollia.encode.tfidf import BLOCKS, Tfidf
from mollia.errors import DataError
from mollia.optional import require
from mollia.portable.encoder import Encoded
from mollia.student.features import HeadFeatures
from mollia.student.load import LoadedStudent
from mollia.whole_files import replacing

SUFFIX = ".skops"
TRUSTED = (
    "functools.partial",
    "unicodedata.normalize",
)  # what a reader must allow: NFC is not scikit-learn's
TRUSTED_OF_PAIRS = (
    "functools.partial",
    "operator.itemgetter",
    "unicodedata.normalize",
)  # where it takes a pair
NARROW = (
    32  # characters; longer words lie in arrays of their own, each at most twice as wide as its shortest word
)
READS: dict[str, dict[str, Any]] = {
    "word": {"token_pattern": WORD, "ngram_range": (1, 2)},
    "char": {"analyzer": "char_wb", "ngram_range": (SHORTEST, LONGEST)},
}


def as_pipeline(student: LoadedStudent) -> Pipeline:
    """Return a fitted pipeline with the student's probabilities, of scikit-learn's own steps alone; `takes` says what it reads.

    Raises
    ------
    DataError
        When scikit-learn has no steps that read what the student reads.
    """
    features = student.features
    if isinstance(features, VectorFeatures):
        return Pipeline([("scale", _scaled(features)), ("classes", _classes(student, student.head.coef))])
    if isinstance(features, Pixels | Encoded | OnnxImages):
        return Pipeline([("classes", _classes(student, student.head.coef))])
    if isinstance(features, HybridFeatures):
        return _of_both(student, features)
    if not isinstance(features, Tfidf):
        raise DataError(
            "This student reads texts with an encoder of your own, which scikit-learn does not have.",
            hint="Use it with mollia.load_student, or train a student on an encoder of mollia's.",
        )
    if not features.width:
        raise DataError(
            "This student has learned no words, so there is nothing to export.",
            hint="Check that the column with the texts is the right one, and run the task again.",
        )
    steps, columns = _words(features)
    return Pipeline([*steps, ("classes", _classes(student, student.head.coef[columns]))])


def takes(features: HeadFeatures) -> str:
    """Return what a student's pipeline reads in place of what the student reads, "" where it is the same."""
    if isinstance(features, Pixels):
        return f"vectors (n, {features.dim}) of images"
    if isinstance(features, HybridFeatures):
        return f"texts and vectors (n, {_width(features.dense)}) of the student's encoder, as a pair"
    if isinstance(features, Encoded | OnnxImages):
        return f"vectors (n, {_width(features)}) of the student's encoder"
    return ""


def write_pipeline(student: LoadedStudent, path: Path) -> tuple[Path, ...]:
    """Write a student as a .skops file; return its path.

    Raises
    ------
    MissingExtra, DataError
        When skops is missing, the name ends otherwise, or scikit-learn cannot read what the student reads.
    """
    skops = require("skops.io", extra="export", purpose="Writing a student for scikit-learn")
    if path.suffix.lower() != SUFFIX:
        raise DataError(
            f'{path}: such a file ends in "{SUFFIX}".', hint=f"Call it {path.with_suffix(SUFFIX)}."
        )
    pipeline = as_pipeline(student)
    with replacing(path) as unfinished:
        skops.dump(pipeline, unfinished, compression=ZIP_DEFLATED)
    return (path,)


def _words(features: Tfidf) -> tuple[list[tuple[str, Any]], Rows]:
    """Return the steps from texts to rows, and the order of the student's columns there."""
    parts = [_block(features, block) for block in BLOCKS if features.vocabulary_[block]]
    starts = {"word": 0, "char": len(features.vocabulary_["word"])}
    steps = [
        ("nfc", FunctionTransformer(partial(map, partial(unicodedata.normalize, "NFC")))),
        ("texts", FunctionTransformer(list)),
        ("features", FeatureUnion([(name, step) for name, step, _ in parts])),
    ]
    return steps, np.concatenate([starts[name] + order for name, _, order in parts])


def _of_both(student: LoadedStudent, features: HybridFeatures) -> Pipeline:
    """Return a pipeline that takes a pair: the texts, and their vectors (n, d)."""
    coef, width = student.head.coef, features.tfidf.width
    if not width:
        return Pipeline(
            [("vectors", FunctionTransformer(itemgetter(1))), ("classes", _classes(student, coef))]
        )
    steps, columns = _words(features.tfidf)
    both = [
        ("words", Pipeline([("of pair", FunctionTransformer(itemgetter(0))), *steps])),
        ("vectors", FunctionTransformer(itemgetter(1))),
    ]
    return Pipeline(
        [
            ("features", FeatureUnion(both, transformer_weights={"words": LEXICAL_SHARE})),
            ("classes", _classes(student, np.concatenate([coef[columns], coef[width:]]))),
        ]
    )


def _width(features: HeadFeatures) -> int:
    """Return the width of a frozen encoder's vectors."""
    return int(features.transform([""]).shape[1])


def _scaled(features: VectorFeatures) -> StandardScaler:
    scaler = StandardScaler()
    scaler.mean_, scaler.scale_ = np.asarray(features.centre), np.asarray(features.scale)
    scaler.var_, scaler.n_features_in_ = scaler.scale_**2, len(scaler.scale_)
    return scaler


def _classes(student: LoadedStudent, coef: Floats) -> LogisticRegression:
    """Return the head (V, K) as scikit-learn's; of two classes it keeps the difference."""
    head, bias = LogisticRegression(), student.head.intercept
    two = len(student.classes) == 2  # noqa: PLR2004  # scikit-learn's binary case
    head.coef_ = np.ascontiguousarray((coef[:, 1:] - coef[:, :1] if two else coef).T)
    head.intercept_ = bias[1:] - bias[:1] if two else bias
    head.classes_ = np.array(student.classes)
    head.n_features_in_ = len(coef)
    return head


def _block(features: Tfidf, block: str) -> tuple[str, Pipeline, Rows]:
    """Return a block's name, the steps that make its rows, and the order (V,) of its columns there."""
    grams = list(features.vocabulary_[block])
    parts = _parts(grams)
    counters = [
        (f"counts_{at}", _counter(block, [grams[column] for column in columns.tolist()]))
        for at, columns in enumerate(parts)
    ]
    order = np.concatenate(parts)
    weights = TfidfTransformer(sublinear_tf=True)
    weights.idf_ = features.idf_[block][order]
    weights.n_features_in_ = len(order)
    return block, Pipeline([("counts", FeatureUnion(counters)), ("weights", weights)]), order


def _parts(grams: Sequence[str]) -> list[Rows]:
    """Return columns by the length of their grams, so that an array of equally wide cells holds little padding.

    numpy drops NUL characters at the end of a cell, so grams with one lie apart, last.
    """
    sizes = np.array([len(gram) for gram in grams])
    width = np.ceil(np.log2(np.maximum(sizes, NARROW))).astype(np.int64)
    width[[gram.endswith("\0") for gram in grams]] = -1
    kinds = sorted(set(width.tolist()), key=lambda kind: (kind < 0, kind))
    return [np.flatnonzero(width == kind) for kind in kinds]


def _counter(block: str, grams: Sequence[str]) -> CountVectorizer:
    ends = any(gram.endswith("\0") for gram in grams)
    counter = CountVectorizer(**READS[block], vocabulary=list(grams) if ends else np.array(grams))
    counter.fixed_vocabulary_ = True  # says that it is fitted; it makes vocabulary_ when it is first used
    return counter
