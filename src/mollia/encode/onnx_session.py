"""The one door to onnxruntime."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from mollia.errors import DataError
from mollia.optional import require


def open_session(path: Path, *, threads: int, purpose: str) -> Any:  # noqa: ANN401  # onnxruntime is optional and ships no types
    """Return a model's session on the CPU with so many threads; 0 uses them all, or as many as OMP_NUM_THREADS says.

    Raises
    ------
    MissingExtra
        Without onnxruntime.
    DataError
        When the file is not a model that it reads.
    """
    runtime = require("onnxruntime", extra="onnx", purpose=purpose)
    options = runtime.SessionOptions()
    said = os.environ.get("OMP_NUM_THREADS", "")
    options.intra_op_num_threads = threads or (int(said) if said.isdecimal() else 0)
    options.log_severity_level = 3  # errors only
    try:
        return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a dozen unrelated exception classes
        raise DataError(f"{path} is not a readable ONNX model: {error}") from error
