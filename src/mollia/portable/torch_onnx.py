"""A sentence-transformers encoder as an ONNX model of the same vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from mollia.encode.onnx_encoder import MODEL, TOKENIZER, OnnxEncoder
from mollia.encode.torch_encoder import TorchEncoder
from mollia.errors import DataError, MissingExtra, first_line
from mollia.student.transformer import write_hidden

MEANT = ("Transformer", "Pooling", "Normalize")  # the modules, in their order; the last may be missing
TRIED = ("a text of a few words", "Another one: 2 words?", "")
NEAR = 1e-4


def as_onnx(encoder: TorchEncoder, folder: Path) -> OnnxEncoder:
    """Write the encoder's transformer and its tokenizer to a folder; return the encoder that reads them.

    Raises
    ------
    MissingExtra, DataError
        When a library is missing, or the vectors are not a transformer's mean.
    """
    modules = list(encoder.module)
    kinds = tuple(type(each).__name__ for each in modules)
    if kinds not in {MEANT, MEANT[:2]}:
        raise _refused(f"it is made of {', '.join(kinds)}, and only a transformer and a mean can be written")
    if modules[1].pooling_mode != "mean":
        raise _refused(f'its vectors are "{modules[1].pooling_mode}" of the tokens, not their mean')
    transformer = modules[0]
    try:
        write_hidden(transformer.auto_model.to("cpu"), folder / MODEL)
        (folder / TOKENIZER).write_text(transformer.tokenizer.backend_tokenizer.to_str(), "utf-8")
    except MissingExtra:
        raise
    except Exception as error:  # torch's exporter and the tokenizers raise many classes
        raise _refused(f"it could not be written ({first_line(error)})") from error
    written = OnnxEncoder(
        str(folder / MODEL),
        tokenizer=str(folder / TOKENIZER),
        max_tokens=int(encoder.module.max_seq_length),
        normalise=encoder.normalise or kinds == MEANT,
    )
    if not _near(written, encoder):
        raise _refused("as ONNX it gives other vectors, perhaps for another way of reading texts")
    return written


def _near(written: OnnxEncoder, encoder: TorchEncoder) -> bool:
    vectors: Any = encoder.encode(TRIED)
    return bool(np.allclose(written.encode(TRIED), vectors, atol=NEAR * max(1.0, np.abs(vectors).max())))


def _refused(why: str) -> DataError:
    return DataError(
        f"This student's torch encoder cannot be exported as ONNX: {why}.",
        hint='Export the head alone (mollia export sklearn), or train a student on an encoder "onnx" or "static".',
    )
