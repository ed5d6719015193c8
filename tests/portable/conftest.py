"""Students of real texts, and texts that are hard to cut as the student does."""

import csv
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

import mollia
from mollia.arrays import one_hot
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent
from mollia.student.load import load_student

PAGE = (Path(__file__).parents[2] / "docs" / "export-student.md").read_text("utf-8")
DEMO = Path(mollia.__file__).parent / "data" / "demo" / "uk_acts.csv"
HARD = [
    "",
    "   \t\n",
    "a",
    "ΑΒΓΣ Σ ΣΑΣ",  # the sigma at the end of a word
    "J\u030cust H\u0331 T\u0308",  # composed in lower case only
    "cafe\u0301 CAFÉ Ångström \u212b \u2126",
    "İstanbul ıI STRASSE ß ẞ",
    "e\u0301\u0323 \u1e69 s\u0323\u0307",
    "日本語の文章 한국어 ไทย हिन्दी",
    "١٢٣ Ⅷ ½ ² 10²",
    "👍🏽 family 👨‍👩‍👧 flags 🇬🇧",
    "tabs\tand\x0bother\x1cseparators\x85here\u2003and\u3000there\ufeffnot",
    "under_score __init__ e-mail@x.org https://example.org/a?b=c#d",
    "..., !?!? --- ((())) ''\"\"",
    "NUL \x00 inside\x00",
    "half \ud800 a pair",
    "x" * 5000,
    "the the the the of of of",
]


@pytest.fixture(scope="session")
def acts():
    """The demo's texts, and the numbers of their classes."""
    with DEMO.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = sorted({row["gold"] for row in rows})
    return [row["text"] for row in rows], np.array([names.index(row["gold"]) for row in rows]), tuple(names)


@pytest.fixture(scope="session")
def lexical(acts, tmp_path_factory):
    """The folder of a lexical student, which has learned from half of the demo's texts and from the hard ones."""
    texts, y, names = acts
    learned = [*texts[::2], *HARD]
    soft = one_hot(np.array([*y[::2], *(np.arange(len(HARD)) % len(names))]), len(names))
    return save(FrozenStudent().fit(learned, soft), tmp_path_factory.mktemp("lexical") / "student", names)


@pytest.fixture(scope="session")
def two_classes(acts, tmp_path_factory):
    """The folder of a lexical student of two classes with names that are not plain."""
    texts, y, _ = acts
    student = FrozenStudent().fit(texts[:200], one_hot(y[:200] % 2, 2))
    return save(student, tmp_path_factory.mktemp("two") / "student", ('naïve, "quoted" 🥖', "NA"))


@pytest.fixture(params=["lexical", "two_classes"])
def student(request):
    """A stored student, and its folder."""
    folder = request.getfixturevalue(request.param)
    return load_student(folder), folder


def session(folder):
    """onnxruntime with a folder's model."""
    return onnxruntime.InferenceSession(str(folder / "onnx" / "model.onnx"))


def agree(found, loaded, texts):
    """The same label for each text, and probabilities to 1e-4."""
    wanted = loaded.predict_proba(texts)
    assert np.abs(found - wanted).max() < 1e-4
    assert [loaded.classes[k] for k in found.argmax(1)] == loaded.predict(texts)
