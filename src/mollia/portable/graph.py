"""ONNX graphs put together node by node, with operators that are the same from opset 13 on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mollia.arrays import Floats
from mollia.optional import require
from mollia.version import __version__

MODEL, FEATURES = "onnx/model.onnx", "features.json"
FORMAT = 1  # of features.json
OPSET, IR = 17, 8  # read by every onnxruntime since 1.14 (2023)
OLDEST = 13  # opset of a model that nodes can be added to
PREFIX = "student/"  # of our names
TINY = 1e-12  # the least length that a row is divided by


def library() -> Any:  # noqa: ANN401  # an optional module
    """Return the module onnx.

    Raises
    ------
    MissingExtra
        When it is not installed.
    """
    return require("onnx", extra="export", purpose="Writing a student as ONNX")


def write_features(folder: Path, classes: Sequence[str], **told: object) -> None:
    """Write features.json: the classes in the order of the probabilities, and what the model's inputs mean."""
    text = json.dumps({"format": FORMAT, "classes": list(classes), **told})
    (folder / FEATURES).write_text(text, "utf-8")  # ASCII: half a surrogate pair may occur in a text


class Graph:
    """Nodes and constants of a graph that is being written; every value has a name."""

    def __init__(self) -> None:
        self.onnx = library()
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.sparse: list[Any] = []

    def constant(self, values: object, dtype: type = np.float32) -> str:
        """Return the name of a constant."""
        name = f"{PREFIX}constant_{len(self.constants)}"
        array: Any = np.ascontiguousarray(np.asarray(values, dtype))
        self.constants.append(self.onnx.numpy_helper.from_array(array, name))
        return name

    def __call__(self, operator: str, *inputs: str, out: str | None = None, **attributes: object) -> str:
        """Add a node with one output; return the output's name."""
        name = out or f"{PREFIX}{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(self.onnx.helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def take(self, graph: Any) -> None:  # noqa: ANN401  # onnx's
        """Take over another graph's nodes and constants; their names must differ from ours."""
        self.nodes += graph.node
        self.constants += graph.initializer
        self.sparse += graph.sparse_initializer

    def shaped(self, value: str, *shape: int) -> str:
        """Return a value in another shape: 0 keeps an axis, -1 takes what is left."""
        return self("Reshape", value, self.constant(shape, np.int64))

    def total(self, value: str) -> str:
        """Return the sums (n, 1) of a matrix's rows; 0 where it has no columns."""
        return self("ReduceSum", value, self.constant([1], np.int64), keepdims=1)

    def unit(self, rows: str) -> str:
        """Return rows (n, m) with the length 1; rows of zeros stay."""
        length = self("Sqrt", self.total(self("Mul", rows, rows)))
        return self("Div", rows, self("Max", length, self.constant(TINY)))

    def floats(self, value: str) -> str:
        """Return a value in float32."""
        return self("Cast", value, to=self.onnx.TensorProto.FLOAT)

    def head(self, vectors: str, coef: Floats, intercept: Floats) -> None:
        """Add the classes' scores `logits` (n, K) of vectors (n, d), and their `probabilities`."""
        scores = self("MatMul", vectors, self.constant(coef))
        self.end(scores, intercept)

    def end(self, scores: str, intercept: Floats) -> None:
        """Add the intercept to scores (n, K); that are `logits`, and their softmax `probabilities`."""
        logits = self("Add", scores, self.constant(intercept), out="logits")
        self("Softmax", logits, axis=1, out="probabilities")

    def outputs(self, n_classes: int) -> list[Any]:
        """Return what the graph gives."""
        make, kind = self.onnx.helper.make_tensor_value_info, self.onnx.TensorProto.FLOAT
        return [make(name, kind, ["texts", n_classes]) for name in ("logits", "probabilities")]

    def inputs(self, *shape: int, **types: type) -> list[Any]:
        """Return what the graph takes: per text an array of a shape; without one, a row of any length."""
        make, of = self.onnx.helper.make_tensor_value_info, self.onnx.helper.np_dtype_to_tensor_dtype
        across = shape or (f"of {next(iter(types))}",)
        return [make(name, of(np.dtype(dtype)), ["texts", *across]) for name, dtype in types.items()]

    def model(
        self,
        inputs: list[Any],
        n_classes: int,
        *,
        opsets: list[Any] | None = None,
        ir: int = IR,
        functions: Sequence[Any] = (),
    ) -> Any:  # noqa: ANN401  # onnx's
        """Return the whole as a model, checked; what was taken over says by which opsets it is read."""
        helper = self.onnx.helper
        graph = helper.make_graph(
            self.nodes,
            "student",
            inputs,
            self.outputs(n_classes),
            self.constants,
            sparse_initializer=self.sparse,
        )
        model = helper.make_model(
            graph,
            functions=functions,
            opset_imports=opsets or [helper.make_opsetid("", OPSET)],
            ir_version=ir,
            producer_name="mollia",
            producer_version=__version__,
        )
        self.onnx.checker.check_model(model)
        return model

    def write(self, model: Any, folder: Path) -> None:  # noqa: ANN401  # onnx's
        """Write a model to its place in an empty folder."""
        (folder / MODEL).parent.mkdir()
        (folder / MODEL).write_bytes(model.SerializeToString())
