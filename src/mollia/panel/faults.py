"""What is wrong with an LLM, told from the answers: constant, collapsed, inverted, a duplicate, silent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from mollia.arrays import Classes, Floats, Mask, Probs, Vector, normalise
from mollia.records import PanelAnswers

SILENT = 0.5  # share of asked rows with a usable answer below which an LLM is named
CONSTANT = 0.98  # share of one class above which
COLLAPSED = 0.5  # classes in use, as a share of those in use in the fused labels, below which
TURNED = 0.2  # gain in agreement from exchanging its class names above which
SAME = 0.98  # share of equal answers, on rows that the panel disputes, above which two LLMs are one
ENOUGH = 30  # rows below which nothing is said


def faults(
    X: PanelAnswers, reference: Probs, classes: Sequence[str] | None = None
) -> dict[str, tuple[str, ...]]:
    """Return sentences about each LLM; `reference` (n, K) is the panel's posterior, `classes` names the K.

    constant: one class is (almost) all it says. collapsed: it uses far fewer classes than the panel
    finds. inverted: another reading of its class names would agree far better. duplicate: it repeats
    another LLM wherever the panel is split. silent: most of its answers are unusable.
    """
    names = [f"class {k}" for k in range(X.n_classes)] if classes is None else list(classes)
    said = _labels(X)  # (n, N)
    split = _split(said)
    out: dict[str, tuple[str, ...]] = {}
    for i, llm in enumerate(X.llms):
        own, asked = said[:, i], X.asked[:, i]
        usable = own >= 0
        notes = []
        if asked.sum() >= ENOUGH and usable.sum() < SILENT * asked.sum():
            notes.append(f"silent: {usable.sum() / asked.sum():.0%} of its answers are usable")
        if usable.sum() >= ENOUGH:
            notes += _of_its_answers(own[usable], reference[usable], names)
            notes += [
                f"duplicate: answers as {other} does wherever the panel is split"
                for j, other in enumerate(X.llms[:i])
                if _same(own, said[:, j], split)
            ]
        out[llm] = tuple(notes)
    return out


def _of_its_answers(own: Classes, reference: Probs, names: Sequence[str]) -> list[str]:
    n_classes = reference.shape[1]
    shares = np.bincount(own, minlength=n_classes) / len(own)
    if shares.max() >= CONSTANT:
        return [f"constant: {shares.max():.0%} of its answers are {names[int(shares.argmax())]}"]
    notes = []
    in_use, expected = _in_use(shares), _in_use(reference.mean(0))
    if in_use < COLLAPSED * expected:
        notes.append(f"collapsed: it uses {in_use:.1f} classes where the panel finds {expected:.1f}")
    joint = np.zeros((n_classes, n_classes))
    np.add.at(joint, own, reference)  # (answer, class)
    answer, meant = linear_sum_assignment(-joint)
    gain = (joint[answer, meant].sum() - np.trace(joint)) / len(own)
    if gain > TURNED:
        turned = [
            (a, m) for a, m in zip(answer.tolist(), meant.tolist(), strict=True) if a != m and shares[a]
        ]
        pairs = ", ".join(f"{names[a]} for {names[m]}" for a, m in turned)
        notes.append(f"inverted: it says {pairs}")
    return notes


def _split(said: Classes) -> Mask:
    """Return the rows (n,) on which the LLMs that answered differ."""
    least = np.where(said >= 0, said, said.max(initial=0) + 1).min(1)
    split: Mask = (said >= 0).any(1) & (said.max(1) > least)
    return split


def _same(a: Classes, b: Classes, split: Mask) -> bool:
    """Tell whether two LLMs agree even where the panel does not; where all agree, all are right or all alike."""
    both = split & (a >= 0) & (b >= 0)
    return bool(both.sum() >= ENOUGH and (a[both] == b[both]).mean() >= SAME)


def _in_use(shares: Vector) -> float:
    """Return the effective number of classes, exp of the entropy."""
    return float(np.exp(-(shares * np.log(np.maximum(shares, 1e-12))).sum()))


def _labels(X: PanelAnswers) -> Classes:
    """Return each LLM's likeliest class (n, N), -1 without a usable answer."""
    mass: Floats = np.where(X.asked[:, :, None], normalise(X.z) * (X.z.sum(2, keepdims=True) > 0) + X.c, 0.0)
    return np.where(mass.sum(2) > 0, mass.argmax(2), -1)
