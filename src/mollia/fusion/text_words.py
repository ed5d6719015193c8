"""What texts say of new rows: all that was learned of the text is linear in its vector, so the vectors need not be made.

    e M = (TF-IDF of the text) (projection M)

for the coefficients M (d, k) of all models together, k = K for each of them. With few classes this is a fraction of
the work of d = 256 dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mollia.arrays import Floats, Matrix
from mollia.fusion.text_sums import TextSums
from mollia.fusion.text_vectors import TextVectors
from mollia.fusion.text_view import TextView


@dataclass(frozen=True, slots=True, kw_only=True)
class TextWords:
    """Reads texts with linear models by name: `coef` (d, k) of all of them, or (V, k) where `direct` reads TF-IDF.

    `sums` reads very many texts with the latter.
    """

    view: TextView
    columns: Mapping[str, slice]
    coef: Matrix
    direct: TextVectors | None
    sums: TextSums | None = None

    def __call__(self, texts: Sequence[str]) -> Mapping[str, Floats]:
        """Return each model's word (n, K) on texts, without intercept."""
        if self.sums is not None:
            words = self.sums(texts)
        elif self.direct is not None:
            words = self.direct.times(texts, self.coef)
        else:
            words = self.view.transform(texts) @ self.coef
        return {name: words[:, at].astype(np.float64) for name, at in self.columns.items()}


def text_words(view: TextView, models: Mapping[str, Floats], *, many: bool) -> TextWords:
    """Return what reads texts, perhaps very many, with models whose coefficients are (d, K), by name."""
    coef = np.hstack(list(models.values())).astype(np.float32)
    ends = np.cumsum([each.shape[1] for each in models.values()]).tolist()
    columns = {name: slice(end - models[name].shape[1], end) for name, end in zip(models, ends, strict=True)}
    learned = view.learned
    if learned is None or coef.shape[1] >= len(coef):
        return TextWords(view=view, columns=columns, coef=coef, direct=None)
    direct = learned.components_ @ (coef / np.float32(view.scale))
    sums = TextSums.of(learned, direct) if many else None
    return TextWords(view=view, columns=columns, coef=direct, direct=learned, sums=sums)
