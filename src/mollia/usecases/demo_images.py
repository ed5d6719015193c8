"""The data of `mollia demo --images`: handwritten digits, and a panel of weak classifiers that really err.

The digits are scikit-learn's (Optical Recognition of Handwritten Digits, Alpaydin and Kaynak, 1998, CC BY 4.0). Some
of them, TAUGHT in all, teach the panel and are left out of the demo's rows: no row that is labelled, or that scores, has
taught a member. Each member is of another kind, looks at other features and has seen few rows of its own.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mollia.arrays import Classes, Floats
from mollia.optional import require
from mollia.randomness import generator
from mollia.whole_files import replacing

ROWS, TAUGHT = 900, 400
SHOWN = 96  # pixels of a picture's side
DIGITS = 4  # of a probability
CLASSES = tuple(str(digit) for digit in range(10))
STATE = 0
INK = 4  # of 16: a darker pixel is part of the figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A weak classifier: what it looks at, what it is, and how many rows it has seen."""

    name: str
    features: Callable[[Floats], Floats]  # of images (n, 8, 8)
    model: Callable[[], Any]
    seen: int
    says_probabilities: bool = True


def members() -> tuple[Member, ...]:
    """Return the panel."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis  # noqa: PLC0415  # heavy
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # the same
    from sklearn.naive_bayes import GaussianNB  # noqa: PLC0415  # the same
    from sklearn.neighbors import KNeighborsClassifier  # noqa: PLC0415  # the same
    from sklearn.tree import DecisionTreeClassifier  # noqa: PLC0415  # the same

    return (
        Member(name="nearest", features=_all, model=lambda: KNeighborsClassifier(1), seen=10, says_probabilities=False),
        Member(name="tree", features=_all, model=lambda: DecisionTreeClassifier(random_state=STATE), seen=60, says_probabilities=False),
        Member(name="sums", features=_sums, model=lambda: GaussianNB(var_smoothing=0.05), seen=20),
        Member(name="left_half", features=_left, model=lambda: LogisticRegression(C=0.02, max_iter=1000), seen=20),
        Member(name="blocks", features=_blocks, model=lambda: LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.3), seen=20),
        Member(name="edges", features=_edges, model=lambda: KNeighborsClassifier(3), seen=50),
    )  # fmt: skip


def write_demo(folder: Path) -> None:
    """Write images, `digits.csv` (id, image, digit) and `answers.csv` (what the panel said) to a folder.

    Raises
    ------
    MissingExtra
        Without Pillow.
    """
    from sklearn.datasets import load_digits  # noqa: PLC0415  # heavy

    pillow = require("PIL.Image", extra="images", purpose="The demo of images")
    images, y = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8)
    order = generator(STATE, "demo", "digits").permutation(len(y))
    rows, taught = order[:ROWS], order[ROWS : ROWS + TAUGHT]
    names = [f"images/{number:04d}.png" for number in range(1, ROWS + 1)]
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for name, image in zip(names, images[rows], strict=True):
        ink = np.uint8(255 - image * (255 / 16))
        held = io.BytesIO()
        pillow.fromarray(ink).resize((SHOWN, SHOWN), pillow.Resampling.BICUBIC).save(held, "PNG")
        (folder / name).write_bytes(held.getvalue())
    ids = [str(number) for number in range(1, ROWS + 1)]
    gold = [CLASSES[digit] for digit in y[rows].tolist()]
    _write(folder / "digits.csv", {"id": ids, "image": names, "digit": gold})
    _write(folder / "answers.csv", {"id": ids, **panel_answers(images, y, rows=rows, taught=taught)})


def panel_answers(images: Floats, y: Classes, *, rows: Classes, taught: Classes) -> dict[str, list[str]]:
    """Return what each member says of `rows`, as columns: a label, or a probability per class.

    Each member learns from rows of its own among `taught`.
    """
    out: dict[str, list[str]] = {}
    for member in members():
        rng = generator(STATE, "demo", member.name)
        own = _some_of_each(y, taught, member.seen, rng)
        model = member.model().fit(member.features(images[own]), y[own])
        seen = member.features(images[rows])
        if not member.says_probabilities:
            out[member.name] = [CLASSES[digit] for digit in model.predict(seen).tolist()]
            continue
        for number, column in enumerate(model.predict_proba(seen).T.round(DIGITS).tolist()):
            out[f"{member.name}_prob_{CLASSES[number]}"] = [f"{p:g}" for p in column]
    return out


def _some_of_each(y: Classes, taught: Classes, n: int, rng: np.random.Generator) -> Classes:
    """Return n of the rows, as many of each class."""
    some = [rng.permutation(taught[y[taught] == k])[: n // len(CLASSES)] for k in range(len(CLASSES))]
    return np.concatenate(some)


def _write(path: Path, columns: dict[str, list[str]]) -> None:
    with replacing(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(columns)
        lines.writerows(zip(*columns.values(), strict=True))


def _all(images: Floats) -> Floats:
    return images.reshape(len(images), -1)


def _sums(images: Floats) -> Floats:
    return np.concatenate([images.sum(1), images.sum(2)], axis=1)


def _left(images: Floats) -> Floats:
    left: Floats = images[:, :, : images.shape[2] // 2].reshape(len(images), -1)
    return left


def _blocks(images: Floats) -> Floats:
    means: Floats = images.reshape(-1, 4, 2, 4, 2).mean((2, 4))
    return means.reshape(len(images), -1)


def _edges(images: Floats) -> Floats:
    """Where ink begins and ends in each row and column."""
    on = images > INK
    first, last = on.argmax(2), 7 - on[:, :, ::-1].argmax(2)
    top, bottom = on.argmax(1), 7 - on[:, ::-1].argmax(1)
    ends: Floats = np.concatenate([first, last, top, bottom], axis=1).astype(np.float64)
    return ends
