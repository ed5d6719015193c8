"""The authors' recordings: meta_x.npy, meta_y.npy and the raw answers, read with distrust."""

from __future__ import annotations

import json
import tokenize
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mollia.arrays import Classes, PanelMass
from mollia.errors import DataError, first_line

# numpy reads the header as Python text, and a damaged one can fail in any of these ways.
NOT_NUMPY = (ValueError, OSError, EOFError, OverflowError, SyntaxError, TypeError, tokenize.TokenError)
SLACK = 1e-6  # a share that was stored as float32
AGAIN = "Delete the file and get it again: it is damaged, or not the one that mollia knows."


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """h(x) taken apart: z and c (n, N, K) as recorded, z not normalised; gold (n,)."""

    z: PanelMass
    c: PanelMass
    gold: Classes


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """One LLM's file of raw answers: text and gold name of each row, and its sampled answers."""

    path: Path
    texts: tuple[str, ...]
    gold: tuple[str, ...]
    answers: tuple[list[str], ...]


def read_meta(x: Path, y: Path, *, classes: Sequence[str], llms: Sequence[str]) -> Meta:
    """Read h(x) = [z_1, c_1, ..., z_N, c_N] (docs/method.md, section 1) and the one-hot gold classes.

    Raises
    ------
    DataError
        When a file is damaged or its numbers cannot be label probabilities, shares and classes.
    """
    h, one_hot = _load(x), _load(y)
    n, width = len(one_hot), len(llms) * 2 * len(classes)
    if one_hot.shape != (n, len(classes)) or not n:
        raise DataError(f"{y}: shape {one_hot.shape}, expected rows of {len(classes)} classes.", hint=AGAIN)
    if h.shape[0] != n or h.size != n * width:
        raise DataError(
            f"{x}: shape {h.shape}, expected {n} rows (as {y.name} has) of {len(llms)} LLMs, "
            f"each with {len(classes)} probabilities and {len(classes)} shares.",
            hint=AGAIN,
        )
    if bad := _first(~((one_hot == 0) | (one_hot == 1)).all(1) | (one_hot.sum(1) != 1)):
        raise DataError(f"{y}, row {bad[0]}: {one_hot[bad[0]].tolist()} is not one class.", hint=AGAIN)
    taken = h.reshape(n, len(llms), 2, len(classes))
    z, c = taken[:, :, 0], taken[:, :, 1]
    if bad := _first(~np.isfinite(z) | (z < 0)):
        raise _odd(x, bad, llms, z[bad], "a probability mass, 0 or more")
    if bad := _first(~np.isfinite(c) | (c < 0) | (c > 1 + SLACK)):
        raise _odd(x, bad, llms, c[bad], "a share of the answers, from 0 to 1")
    return Meta(z=z, c=c, gold=one_hot.argmax(1))


def read_raw(path: Path, *, rows: int) -> Raw:
    """Read one LLM's raw answers: a JSON object per line.

    Raises
    ------
    DataError
        When a line is not such an object, or there are not `rows` of them; file and line are named.
    """
    texts, gold, answers = [], [], []
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            text, label, given = _row(path, number, line)
            texts.append(text)
            gold.append(label)
            answers.append(given)
    if len(texts) != rows:
        raise DataError(f"{path} has {len(texts)} rows, the recorded numbers have {rows}.", hint=AGAIN)
    return Raw(path=path, texts=tuple(texts), gold=tuple(gold), answers=tuple(answers))


def check_rows(raw: Raw, *, like: Raw, meta: Meta, llm: int, classes: Sequence[str]) -> None:
    """Check that an LLM's raw answers are those the recorded numbers were made from, row by row.

    Raises
    ------
    DataError
        At the first row whose text, gold class or shares differ.
    """
    for row, (text, label, given) in enumerate(zip(raw.texts, raw.gold, raw.answers, strict=True)):
        place = f"{raw.path}:{row + 1}"
        if text != like.texts[row]:
            raise DataError(f"{place}: the text is not that of {like.path.name}.", hint=AGAIN)
        if label != classes[meta.gold[row]]:
            raise DataError(
                f'{place}: gold is "{label}", the recorded class is "{classes[meta.gold[row]]}".', hint=AGAIN
            )
        shares = [given.count(name) / len(given) for name in classes]
        if np.abs(meta.c[row, llm] - shares).max() > SLACK:
            raise DataError(
                f"{place}: the answers give the shares {shares}, "
                f"the recorded ones are {meta.c[row, llm].tolist()}.",
                hint=AGAIN,
            )


def _load(path: Path) -> npt.NDArray[np.float64]:
    """Read an array of numbers; nothing in the file is run, and its header is not believed about the size."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # odd headers and numbers are judged below
        try:
            mapped = np.load(path, mmap_mode="r", allow_pickle=False)
        except NOT_NUMPY as error:
            raise DataError(f"{path} is not a readable .npy file: {first_line(error)}", hint=AGAIN) from None
        if not isinstance(mapped, np.ndarray) or mapped.dtype.kind not in "fiub" or not mapped.ndim:
            raise DataError(f"{path} does not hold an array of numbers.", hint=AGAIN)
        return np.array(mapped, np.float64)


def _first(wrong: npt.NDArray[np.bool_]) -> tuple[int, ...]:
    """Return the place of the first wrong cell, () where there is none."""
    places = np.argwhere(wrong)
    return tuple(places[0].tolist()) if len(places) else ()


def _odd(path: Path, place: tuple[int, ...], llms: Sequence[str], found: float, expected: str) -> DataError:
    return DataError(f"{path}, row {place[0]}, {llms[place[1]]}: {found} is not {expected}.", hint=AGAIN)


def _row(path: Path, number: int, line: bytes) -> tuple[str, str, list[str]]:
    """Return text, gold name and answers of one line."""
    try:
        read: Any = json.loads(line)
        text, label, given = read["text"], read["label"], read["llm_label"]
        usable = isinstance(given, list) and bool(given)
        for cell in (text, label, *given):
            cell.encode()  # a lone surrogate is not text
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        usable = False
    if not usable:
        raise DataError(
            f'{path}:{number}: expected a JSON object with "text", "label" and a list "llm_label".',
            hint=AGAIN,
        )
    return text, label, given
