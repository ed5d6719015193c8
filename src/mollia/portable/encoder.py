"""A student on an encoder as the folder that transformers.js reads: onnx/model.onnx, tokenizer.json, config.json.

Names, and what is read of each file: https://huggingface.co/docs/transformers.js (version 4, read in November 2026). The model takes
`input_ids` and `attention_mask` and gives `logits`: encoder, mean and head are one graph. Long texts are cut in it too, since
tokenizers do that in different ways (the one of transformers.js 4 drops the mark at the end).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np

from mollia.encode.onnx_encoder import OnnxEncoder
from mollia.encode.static_encoder import StaticEncoder
from mollia.encode.torch_encoder import TorchEncoder
from mollia.errors import DataError
from mollia.optional import require
from mollia.portable.graph import OLDEST, Graph, library
from mollia.portable.torch_onnx import as_onnx
from mollia.student.softmax_head import Head

TOKENIZER, CONFIG, TOKENIZER_CONFIG = "tokenizer.json", "config.json", "tokenizer_config.json"
PADS = ("[PAD]", "<pad>")
FILLED = ("token_type_ids",)  # inputs of an encoder that are always zeros
INPUTS = {"input_ids": np.int64, "attention_mask": np.int64}
INNER = "encoder/"  # of the encoder's own names

Encoded = OnnxEncoder | StaticEncoder | TorchEncoder


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Where a long text is cut: after `most` tokens, the last of which are `ending`."""

    most: int
    ending: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """A graph that gives an encoder's `vectors` (n, d), its tokenizer.json, and by what it is read."""

    graph: Graph
    vectors: str
    tokens: Any
    read_by: Mapping[str, Any] = field(default_factory=dict)

    def model(self, inputs: list[Any], n_classes: int) -> Any:  # noqa: ANN401  # onnx's
        """Return the finished graph as a model of more inputs than the tokens."""
        return self.graph.model([*self.graph.inputs(**INPUTS), *inputs], n_classes, **self.read_by)


def write_encoder(features: Encoded, head: Head, classes: Sequence[str], folder: Path) -> None:
    """Write the files of a student on an encoder to an empty folder.

    Raises
    ------
    MissingExtra, DataError
        When a library is missing, or the encoder is of a kind that no head can be joined to.
    """
    with encoding_of(features) as encoding:
        encoding.graph.head(encoding.vectors, head.coef, head.intercept)
        encoding.graph.write(encoding.model([], len(classes)), folder)
        write_tokenizer(encoding, folder)
    (folder / CONFIG).write_text(json.dumps(_config(classes), ensure_ascii=False, indent=1), "utf-8")


@contextmanager
def encoding_of(features: Encoded) -> Iterator[Encoding]:
    """Give the graph of an encoder, to which more is then added.

    Raises
    ------
    MissingExtra, DataError
        As `write_encoder`.
    """
    if isinstance(features, TorchEncoder):
        with tempfile.TemporaryDirectory() as folder:
            yield _transformer(as_onnx(features, Path(folder)))
    elif isinstance(features, StaticEncoder):
        yield _static(features)
    else:
        yield _transformer(features)


def write_tokenizer(encoding: Encoding, folder: Path) -> None:
    """Write how texts become tokens; the model cuts and pads them."""
    tokens = encoding.tokens | {"padding": None, "truncation": None}
    told = {TOKENIZER: tokens, TOKENIZER_CONFIG: _tokenizer_config(tokens)}
    for name, value in told.items():
        (folder / name).write_text(json.dumps(value, ensure_ascii=False, indent=1), "utf-8")


def _config(classes: Sequence[str]) -> dict[str, object]:
    return {
        "model_type": "bert",  # to transformers.js: ids and mask go in, logits come out
        "architectures": ["BertForSequenceClassification"],
        "problem_type": "single_label_classification",
        "id2label": {str(k): name for k, name in enumerate(classes)},
        "label2id": {name: k for k, name in enumerate(classes)},
        "transformers.js_config": {"dtype": "fp32"},
    }


def _tokenizer_config(tokens: Any) -> dict[str, object]:  # noqa: ANN401  # a tokenizer.json
    """Return how texts are padded; that no length is given leaves the cut to the model."""
    added = [each["content"] for each in tokens.get("added_tokens", ())]
    pad = next((each for each in (*PADS, *added) if each in added), None)
    return {"tokenizer_class": "PreTrainedTokenizerFast", "padding_side": "right", "pad_token": pad}


def _transformer(features: OnnxEncoder) -> Encoding:
    """Return a transformer's mean."""
    onnx = library()
    library_ = require("tokenizers", extra="onnx", purpose="Exporting a student on an encoder")
    path = Path(str(features.tokenizer))
    tokenizer = library_.Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    encoder = onnx.compose.add_prefix(onnx.load(features.model), INNER)
    opset = next(each.version for each in encoder.opset_import if not each.domain)
    if opset < OLDEST:
        raise DataError(
            f"The student's encoder was written for ONNX opset {opset}; a head can be joined to one of {OLDEST} or later.",
            hint="Export the encoder anew with a later opset, and run the task with that.",
        )
    graph = Graph()
    ids, mask = _cut_tokens(graph, _cut_of(tokenizer, features.max_tokens))
    given = {"input_ids": ids, "attention_mask": mask}
    own = {each.name for each in encoder.graph.initializer}
    for each in encoder.graph.input:
        name = each.name.removeprefix(INNER)
        if name in FILLED:
            given[name] = graph("Mul", ids, graph.constant(0, np.int64))
        if name in given:
            graph("Identity", given[name], out=each.name)
        elif each.name not in own:
            raise DataError(
                f"The student's encoder needs the input {name}, which transformers.js does not give.",
                hint="Export it with input_ids and attention_mask as its inputs, and run the task with that.",
            )
    graph.take(encoder.graph)
    hidden = graph.floats(encoder.graph.output[0].name)
    return Encoding(
        graph=graph,
        vectors=_mean(graph, hidden, mask, unit=features.normalise),
        tokens=json.loads(path.read_text("utf-8")),
        read_by={
            "opsets": list(encoder.opset_import),
            "ir": encoder.ir_version,
            "functions": list(encoder.functions),
        },
    )


def _static(features: StaticEncoder) -> Encoding:
    """Return a mean of token vectors."""
    library_ = require("model2vec", extra="static", purpose="Exporting a student on a static encoder")
    static = library_.StaticModel.from_pretrained(features.model, force_download=False)
    tokens = json.loads(static.tokenizer.to_str())
    tokens["post_processor"] = None  # model2vec reads no marks at the ends
    table = np.asarray(static.embedding, np.float32)
    if static.token_mapping is not None:
        table = table[static.token_mapping]
    if static.weights is not None:
        table *= np.asarray(static.weights, np.float32)[:, None]
    graph = Graph()
    ids, mask = _cut_tokens(graph, Cut(most=static.max_length)) if static.max_length else tuple(INPUTS)
    unknown = static.unk_token_id
    if unknown is not None:
        known = graph("Not", graph("Equal", ids, graph.constant(unknown, np.int64)))
        mask = graph("Mul", mask, graph("Cast", known, to=graph.onnx.TensorProto.INT64))
    vectors = graph("Gather", graph.constant(table), ids)
    mean = _mean(graph, vectors, mask, unit=features.normalise or static.normalize)
    return Encoding(graph=graph, vectors=mean, tokens=tokens)


def _mean(graph: Graph, hidden: str, mask: str, *, unit: bool) -> str:
    """Return the mean (n, d) of tokens (n, t, d) where the mask (n, t) is 1; zeros where it is nowhere."""
    seen = graph.floats(mask)
    total = graph(
        "Squeeze", graph("MatMul", graph.shaped(seen, 0, 1, -1), hidden), graph.constant([1], np.int64)
    )
    mean = graph("Div", total, graph("Max", graph.total(seen), graph.constant(1.0)))
    return graph.unit(mean) if unit else mean


def _cut_of(tokenizer: Any, most: int) -> Cut:  # noqa: ANN401  # tokenizers is optional
    """Return the cut as a tokenizer makes it, by the marks that it puts behind a text."""
    encoding = tokenizer.encode("a")
    marks = zip(encoding.ids[::-1], encoding.special_tokens_mask[::-1], strict=True)
    behind = [id_ for id_, is_mark in takewhile(lambda each: each[1], marks)]
    return Cut(most=most, ending=tuple(behind[::-1]))


def _cut_tokens(graph: Graph, cut: Cut) -> tuple[str, str]:
    """Return the inputs' ids and mask, (n, at most `most`) each; a longer row ends as the tokenizer would end it."""

    def part(value: str, start: str, stop: str, *, axis: int = 1) -> str:
        return graph("Slice", value, start, stop, graph.constant([axis], np.int64))

    def at(number: int) -> str:
        return graph.constant([number], np.int64)

    ids, mask = (part(name, at(0), at(cut.most)) for name in INPUTS)
    if not cut.ending:
        return ids, mask
    beyond = graph.total(graph.floats(part("attention_mask", at(cut.most), at(cut.most + 1))))
    longer = graph("Greater", beyond, graph.constant([0.0]))  # (n, 1)
    table = np.full((1, cut.most), -1)
    table[0, -len(cut.ending) :] = cut.ending
    ending = part(graph.constant(table, np.int64), at(0), part(graph("Shape", ids), at(1), at(2), axis=0))
    replaced = graph("And", longer, graph("Greater", ending, at(-1)))
    return graph("Where", replaced, ending, ids), mask
