"""What earlier tasks showed of a panel's LLMs, as the default fuser takes it: a start that the task's own data outweigh.

Of two kinds. A *skill* s_i is how much more often than the others of the panel LLM i was right, in log odds: it shares out
the weight that all LLMs have together, in the stack (w0) and in the linear pool (the Dirichlet prior),

    share_i ~ log(a_i (K - 1) / (1 - a_i)),   logit a_i = logit .7 + s_i

*Confusions* C_i of tasks with the same classes count in the EM as so many further rows of each class k,

    100 / (1 + m / 50) C_i[k, .] / sum_a C_i[k, a],   m human labels

Either is dropped where it predicts the panel at hand worse than knowing nothing does, and confusions that too few human labels can
check where the LLMs name the classes in other shares than they did (`checked`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mollia.arrays import Classes, Floats, Mask, PanelMass, Probs, Vector, one_hot, read_only
from mollia.fusion.observation import has_answer
from mollia.fusion.one_coin import learn_one_coin

LEVEL = 0.7  # accuracy of an LLM that is as good as the others
ROWS = 100.0  # rows of each class that confusions stand for
HALF = 50.0  # human labels at which they stand for half as many
LEAST, MOST = 0.05, 0.97  # an accuracy stays between
ENOUGH = 20  # human labels from which on they alone check
NOISE = 0.01  # log likelihood per answer that may be lost by chance
SPREAD = 5.0  # rows of even errors that join a class's counts in the check
ALIKE = 2.0  # times what chance explains: so far apart may the shares be in which LLMs name the classes


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLLMs:
    """Skills (N,), NaN where an LLM is not known, and counts (N, K, K) of tasks with the same classes, rows may be 0."""

    skill: Vector
    confusion: Floats
    source: str = "earlier tasks"

    def __post_init__(self) -> None:
        object.__setattr__(self, "skill", read_only(self.skill, np.float64))
        object.__setattr__(self, "confusion", read_only(self.confusion, np.float64))

    @property
    def says_nothing(self) -> bool:
        """Whether no LLM is known."""
        return bool(np.isnan(self.skill).all() and not self.confusion.any())

    def shares(self, n_classes: int) -> Vector:
        """Return each LLM's share (N,) of what the LLMs weigh together; an unknown one is as good as the others."""
        odds = np.log(LEVEL / (1 - LEVEL)) + np.nan_to_num(self.skill)
        accuracy = np.clip(1 / (1 + np.exp(-odds)), 1 / n_classes + LEAST, MOST)
        weight = np.log(accuracy * max(n_classes - 1, 1) / (1 - accuracy))
        share: Vector = weight / weight.sum()
        return share

    def counts(self, labels: int) -> Floats:
        """Return the rows (N, K, K) that confusions stand for beside so many human labels."""
        total = self.confusion.sum(2, keepdims=True)
        out: Floats = np.divide(self.confusion, total, out=np.zeros_like(self.confusion), where=total > 0)
        out *= ROWS / (1 + labels / HALF)
        return out


def checked(known: KnownLLMs, o: PanelMass, y: Classes) -> tuple[KnownLLMs | None, tuple[str, ...]]:
    """Return what of it holds on a panel o (n, N, K) with labels y (n,), and sentences on what was taken and dropped.

    With 20 human labels these check, with fewer the panel's own answers by one accuracy per LLM (`one_coin`). Those cannot tell
    confusions that are another language's or another year's from these rows' own, so they count only where the LLMs name
    the classes about as often as on the earlier tasks; and not where
    they go against how good the LLMs were, which confusions imply.
    """
    human = y >= 0
    few = human.sum() < ENOUGH
    rows = np.ones(len(y), bool) if few else human
    T = _believed(o, y) if few else one_hot(y[rows], o.shape[2])
    heard = o[rows]
    kept, dropped = known, []
    worse_skill = not np.isnan(known.skill).all() and _worse_skill(known.skill, heard, T)
    if worse_skill:
        kept = replace(kept, skill=np.full_like(known.skill, np.nan))
        dropped.append("how good each LLM is")
    if known.confusion.any() and ((few and worse_skill) or _worse_confusion(known.confusion, heard, T)):
        kept = replace(kept, confusion=np.zeros_like(known.confusion))
        dropped.append("which classes it confuses")
    notes = []
    if kept.confusion.any() and few and not _named_alike(known.confusion, o):
        kept = replace(kept, confusion=np.zeros_like(known.confusion))
        notes.append(
            f"Priors: which classes an LLM confuses was not taken from {known.source}: the LLMs name the classes in other shares "
            f"here, and fewer than {ENOUGH} human labels cannot check it."
        )
    by = "the panel's own answers" if few else f"the {int(human.sum())} human labels"
    if dropped:
        notes.append(
            f"Priors: what {known.source} showed of {' and '.join(dropped)} was dropped, because it predicts {by} worse "
            "than no prior does."
        )
    if kept.says_nothing:
        return None, tuple(notes)
    n_known = int((~np.isnan(known.skill) | known.confusion.any((1, 2))).sum())
    notes.insert(0, f"Priors: {n_known} of {o.shape[1]} LLMs are known from {known.source}.")
    return kept, tuple(notes)


def _believed(o: PanelMass, y: Classes) -> Probs:
    T = learn_one_coin(o, y).posterior(o)
    T[y >= 0] = one_hot(y[y >= 0], o.shape[2])
    return T


def _worse_skill(skill: Vector, o: PanelMass, T: Probs) -> bool:
    """Tell whether skills and the accuracies at hand, in log odds, go against each other: "all alike" is then nearer."""
    heard = has_answer(o)
    total = heard.sum(0)
    some: Mask = ~np.isnan(skill) & (total > 0)
    if some.sum() < 2:  # noqa: PLR2004  # one has none to be compared with
        return True
    right = np.einsum("nik,nk->i", o, T)[some]
    found = (right + 1) / (total[some] + 2)
    odds = np.log(found / (1 - found))
    weight = total[some] * found * (1 - found)
    off = odds - np.average(odds, weights=weight)
    expected = skill[some] - np.average(skill[some], weights=weight)
    return float(weight @ (off * expected)) <= 0


def _worse_confusion(confusion: Floats, o: PanelMass, T: Probs) -> bool:
    """Tell whether confusions predict the answers worse than the accuracies at hand with even errors, in log likelihood."""
    n_classes = confusion.shape[1]
    total = confusion.sum(2, keepdims=True)
    known = total > 0  # (N, K, 1)
    seen = np.einsum("nk,nia->ika", T, o) * known
    heard = seen.sum((1, 2))
    accuracy = np.clip((np.einsum("ikk->i", seen) + 1) / (heard + 2), LEAST, MOST)
    even = np.empty_like(confusion)
    even[:] = ((1 - accuracy) / max(n_classes - 1, 1))[:, None, None]
    own = np.arange(n_classes)
    even[:, own, own] = accuracy[:, None]
    said = (confusion + SPREAD * even) / (total + SPREAD)
    gain = seen * (np.log(np.maximum(said, 1e-6)) - np.log(even))
    return float(gain.sum()) < -NOISE * float(heard.sum())


def _named_alike(confusion: Floats, o: PanelMass) -> bool:
    """Tell whether the LLMs name the classes in about the shares of the earlier tasks: total variation against its mean by chance."""
    before, here = confusion.sum(1), o.sum(0)  # (N, K)
    known = (before.sum(1) > 0) & (here.sum(1) > 0)
    before, here = before[known], here[known]
    rows_before, rows_here = before.sum(1, keepdims=True), here.sum(1, keepdims=True)
    apart = np.abs(before / rows_before - here / rows_here).sum(1) / 2
    share = (before + here) / (rows_before + rows_here)
    spread = np.sqrt(share * (1 - share) * (1 / rows_before + 1 / rows_here))
    by_chance = np.sqrt(2 / np.pi) * spread.sum(1) / 2  # of a normal error: its mean absolute value
    return bool(known.any()) and float(apart.mean()) <= ALIKE * float(by_chance.mean())
