import numpy as np

from mollia.arrays import one_hot
from mollia.bench.protocol import Cell
from mollia.bench.student import Lesson, recipes, report


def test_recipes_differ_where_they_should():
    rng = np.random.default_rng(0)
    words = np.array(["good fine nice", "bad poor awful"])
    y = np.tile([0, 1], 20)
    texts = [f"{words[k]} {rng.integers(99)}" for k in y]
    wrong = np.arange(40) % 5 == 4
    soft = np.where(one_hot(np.where(wrong, 1 - y, y), 2) > 0, 0.8, 0.2)
    human = np.arange(40) < 4
    lesson = Lesson(texts=texts, soft=soft, negative=soft < 0.5, human=human)
    found = recipes(lesson, y[:4], soft[:4])
    assert all((student.predict(texts) == y).mean() >= 0.8 for student in found.values())
    plain = found["soft"].predict_proba(texts)
    for name, student in found.items():
        same = np.array_equal(student.predict_proba(texts), plain)
        assert same == (name == "soft"), name


def test_the_report_pairs_gains_by_draw():
    cells = [Cell(set="trec", method="frozen", labels=50, draw=draw) for draw in range(2)]
    found = [{"soft": 0.5, "hard": 0.6, "labels": 0.8}, {"soft": 0.7, "hard": 0.8, "labels": 0.9}]
    text = report(dict(zip(cells, found, strict=True)), ["trec"])
    assert "| hard | .700 ± .100 | +0.100 ± 0.000 |" in text
    assert "| labels | .850 ± .050 |  |" in text
