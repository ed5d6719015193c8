"""Students of real texts, and texts that are hard to cut as the student does."""

import csv
import io
import re
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import Image

import mollia
from mollia.arrays import one_hot
from mollia.content import data_reference
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


def example(title):
    """The code that the page gives under a title."""
    (code,) = re.findall(rf'```py title="{title}"\n(.*?)```', PAGE, re.DOTALL)
    return code


@pytest.fixture(scope="session")
def grams():
    """The function on the page that says how a text is cut."""
    (code,) = (block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "def grams" in block)
    names = {}
    exec(code, names)  # noqa: S102  # the page's own example
    return names["grams"]


def agree(found, loaded, texts):
    """The same label for each text, and probabilities to 1e-4."""
    wanted = loaded.predict_proba(texts)
    assert np.abs(found - wanted).max() < 1e-4
    assert [loaded.classes[k] for k in found.argmax(1)] == loaded.predict(texts)


def picture(values):
    """A reference to a picture (h, w, 3)."""
    held = io.BytesIO()
    Image.fromarray(np.asarray(values, np.uint8)).save(held, "PNG")
    return data_reference(held.getvalue())


def shapes():
    """Pictures of stripes, across and upright, of many widths and shades, and of nothing; and which of both they are."""
    rng = np.random.default_rng(0)
    found = []
    for at in range(40):
        line = np.where(np.arange(24 + at) // (1 + at % 7) % 2, 20 + 5 * at, 255 - 3 * at)
        lines = np.tile(line[:, None, None], (1, 30, 3))
        found.append(lines if at % 2 else lines.transpose(1, 0, 2))
    found += [rng.integers(0, 256, (20 + at, 50 - at, 3)) for at in range(20)]  # fine grain
    found += [np.full((40, 40, 3), shade) for shade in (0, 7, 128, 255)]
    return [picture(each) for each in found], np.arange(len(found)) % 2
