"""How rows of new data differ from those of a finished task, and what the old human labels are worth there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mollia.arrays import Classes, Matrix, Probs, Rows
from mollia.fusion import Mixture
from mollia.honest.cross_fit import cross_fitted_posterior
from mollia.honest.importance import Importance, importance
from mollia.honest.label_shift import LEAST as LEAST_LABELS
from mollia.honest.label_shift import LabelShift, label_shift
from mollia.honest.two_sample import LEAST as LEAST_ROWS
from mollia.honest.two_sample import TwoSample, two_sample
from mollia.records import PanelAnswers

TEXTS, CLASSES, NOTHING = "texts", "classes", ""
APART = 0.95  # area under the curve from which on texts have so little in common that no weight bridges it


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What is compared: vectors of old (n, d) and new rows (N, d), None without texts; what one classifier says of both.

    `held_out` (m, K) is said of the labelled old rows `rows` (m,) of classes `y` (m,), none of which it learned from;
    None where no classifier could be heard.
    """

    old_vectors: Matrix | None
    new_vectors: Matrix | None
    rows: Rows
    y: Classes
    held_out: Probs | None = None
    old: Probs | None = None
    new: Probs | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """What was found: of the texts, of the classes' shares, and the weights of labelled old rows with what they rest on.

    `by` is "texts", "classes" or "", where neither differs.
    """

    texts: TwoSample | None
    classes: LabelShift | None
    weights: Importance
    by: str

    @property
    def apart(self) -> bool:
        """Whether old and new texts have hardly anything in common, as those of two languages."""
        return self.texts is not None and self.texts.differ and self.texts.auc >= APART


def said_by_answers(
    old: PanelAnswers, y: Classes, new: PanelAnswers, *, groups: Rows, random_state: int | None
) -> tuple[Probs, Probs]:
    """Return what one fuser says of old (n, K) and new rows (N, K), of those with a label in y (n,) without it.

    It reads the answers of the LLMs that both have, and no text: one learned from texts of another source, year or
    language would say of the new ones what it knows of the old.
    """
    shared = [llm for llm in new.llms if llm in old.llms]
    X, fuser = old.subpanel(shared), Mixture(random_state=random_state)
    held_out = cross_fitted_posterior(fuser, X, y, groups=groups, random_state=random_state)
    P = fuser.fit_predict_proba(X, y)
    P[y >= 0] = held_out
    return P, fuser.predict_proba(new.subpanel(shared))


def find_shift(compared: Compared) -> Shift:
    """Test the texts and the classes' shares, and weigh the labelled old rows.

    The weights are density ratios of the texts where these differ, else ratios of the classes' shares where those do and two estimates of them agree;
    both at once would count one shift twice.
    """
    texts = _texts(compared)
    classes = None
    old, new, held_out = compared.old, compared.new, compared.held_out
    if old is not None and new is not None and held_out is not None and len(compared.y) >= LEAST_LABELS:
        classes = label_shift(held_out, compared.y, old, new)
    ratio, by = np.ones(len(compared.rows)), NOTHING
    if texts is not None and texts.differ:
        ratio, by = texts.odds[compared.rows], TEXTS
    elif classes is not None and classes.differ and classes.agree:
        ratio, by = classes.ratio[compared.y], CLASSES
    return Shift(texts=texts, classes=classes, weights=importance(ratio), by=by)


def _texts(compared: Compared) -> TwoSample | None:
    old, new = compared.old_vectors, compared.new_vectors
    if old is None or new is None or min(len(old), len(new)) < LEAST_ROWS:
        return None
    return two_sample(old, new)
