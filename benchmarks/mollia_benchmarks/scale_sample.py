"""What learning from a sample costs: accuracy and calibration error on large resampled panels, beside a fit of all rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from mollia.arrays import Classes, Rows
from mollia.fusion import Mixture
from mollia.fusion import sample as module
from mollia.randomness import generator
from mollia.records import PanelAnswers
from mollia_benchmarks.scale_panel import Source, draw, shuffled
from mollia_benchmarks.scores import score
from mollia_benchmarks.tables import table

HUMAN = 200


class SampledMixture(Mixture):
    """The default fuser, learning from `most` rows of any pool, 0 = all."""

    def __init__(self, *, most: int = 0, random_state: int | None = 0) -> None:
        super().__init__(random_state=random_state)
        self.most = most

    def learning_rows(self, X: PanelAnswers, y: Classes) -> Rows | None:
        """Return the rows that are learned from."""
        if not self.most or self.most >= np.count_nonzero(y < 0):
            return None
        rng = generator(self.random_state, "mixture", "sample")
        return module.stratified(X, y, rng, most=self.most)


def run(
    panels: Sequence[Source], n: int, sizes: Sequence[int], *, draws: int, say: Callable[[str], None]
) -> str:
    """Return a table: by panel and sample size, the mean over draws, and the differences to the fit of all rows."""
    rows = []
    for taken in panels:
        figures = {
            most: [_scored(taken, n, most, seed=draw_, say=say) for draw_ in range(draws)]
            for most in (*sizes, 0)
        }
        whole = np.array(figures[0])  # (draws, 3)
        for most, found in figures.items():
            each = np.array(found)
            apart = (each - whole)[:, 0] * 100
            rows.append(
                [
                    *(taken.name, f"{most:,}" if most else f"all {n:,}", f"{each[:, 0].mean():.4f}"),
                    f"{apart.mean():+.2f} ({apart.min():+.2f} to {apart.max():+.2f})" if most else "",
                    *(f"{each[:, 1].mean():.4f}", f"{each[:, 2].mean():.0f}"),
                ]
            )
    return table(["panel", "learned from", "accuracy", "points from all rows", "ECE", "CPU seconds"], rows)


def _scored(
    taken: Source, n: int, most: int, *, seed: int, say: Callable[[str], None]
) -> tuple[float, float, float]:
    """Return accuracy, calibration error and CPU seconds on the rows that nobody labelled."""
    parts = list(draw(shuffled(taken, np.random.default_rng(seed)), n, seed=seed))
    answers = PanelAnswers(
        ids=[each for some in parts for each in some.ids],
        llms=taken.llms,
        z=np.concatenate([some.z for some in parts]).astype(np.float64),
        c=np.concatenate([some.votes for some in parts]).astype(np.float64),
    )
    gold = np.concatenate([some.gold for some in parts])
    texts = [text for some in parts for text in some.texts]
    y = np.full(n, -1)
    human = np.random.default_rng([seed, 1]).permutation(n)[:HUMAN]
    y[human] = gold[human]
    began = time.process_time()
    posterior = SampledMixture(most=most).fit_predict_proba(answers, y, texts=texts)
    spent = time.process_time() - began
    found = score(posterior[y < 0].astype(np.float64), gold[y < 0])
    say(f"{taken.name}, draw {seed}, {most or 'all'}: {found['accuracy']:.4f} in {spent:.0f} s")
    return found["accuracy"], found["ece"], spent
