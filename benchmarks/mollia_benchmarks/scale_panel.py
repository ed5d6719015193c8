"""Panels of any size: a recorded one drawn again and again, each row with fresh noise.

A row of the source is drawn; its text loses words and gains some of another text of its class; each LLM's answer is
drawn anew around what it said of the source row and of the class:

    q = .8 c_row + .2 mean(c | class),   z ~ Dirichlet(6 q + .03),   votes ~ Multinomial(10, (z + q) / 2)

so that no two rows are copies, and an LLM is about as often right as in the source.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from mollia.arrays import Classes, Floats, Rows
from mollia_benchmarks.datasets import Recorded, load

ROW_SHARE = 0.8  # of an answer that comes from the source row; the rest is what the LLM says of the class
SURE = 6.0
FLAT = 0.03
SAMPLES = 10
KEPT, TAKEN = 0.85, 0.25  # of the words of the row's text, and of another text
CHUNK = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is drawn from: `said` (n, N, K) answers as distributions, gold (n,), texts as words (n,)."""

    name: str
    classes: tuple[str, ...]
    llms: tuple[str, ...]
    said: Floats
    gold: Classes
    words: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Rows drawn: ids, texts, gold (m,), z and votes (m, N, K), both float32."""

    ids: list[str]
    texts: list[str]
    gold: Classes
    z: Floats
    votes: Floats


def source(recorded: Recorded, *, n_classes: int | None = None, n_llms: int | None = None) -> Source:
    """Return what is drawn from: the most frequent classes of a recorded panel, and LLMs at even steps."""
    frequent = np.argsort(-np.bincount(recorded.gold, minlength=len(recorded.classes)), kind="stable")
    kept = np.sort(frequent[:n_classes])
    rows = np.flatnonzero(np.isin(recorded.gold, kept))
    llms = recorded.answers.llms
    step = len(llms) // (n_llms or len(llms))
    answers = recorded.answers.subpanel(llms[::step][:n_llms])[rows]
    mass = (np.where(answers.c.sum(2, keepdims=True) > 0, answers.c, answers.z))[:, :, kept]
    total = mass.sum(2, keepdims=True)
    said = np.where(total > 0, mass / np.where(total > 0, total, 1.0), 1 / len(kept))
    return Source(
        name=recorded.name,
        classes=tuple(recorded.classes[k] for k in kept.tolist()),
        llms=answers.llms,
        said=said,
        gold=np.searchsorted(kept, recorded.gold[rows]),
        words=tuple(tuple(recorded.texts[row].split()) for row in rows.tolist()),
    )


def six_classes(data: Recorded | None = None) -> Source:
    """Return the panel of docs/scale.md: six classes of policy_en, five LLMs."""
    return source(data or load("policy_en"), n_classes=6, n_llms=5)


def hundred_classes() -> Source:
    """Return a panel of 100 classes and five LLMs: those of icl_clinic150."""
    return source(load("icl_clinic150"), n_classes=100, n_llms=5)


def draw(taken: Source, n: int, *, seed: int) -> Iterator[Drawn]:
    """Yield n rows, some thousands at a time; the same seed gives the same rows."""
    of_class = _class_means(taken)
    for start in range(0, n, CHUNK):
        rng = np.random.default_rng([seed, start])
        rows = rng.integers(len(taken.gold), size=min(CHUNK, n - start))
        q = ROW_SHARE * taken.said[rows] + (1 - ROW_SHARE) * of_class[taken.gold[rows]]
        gamma = rng.standard_gamma(SURE * q + FLAT) + 1e-12
        z = gamma / gamma.sum(2, keepdims=True)
        p = (z + q) / 2
        votes = rng.multinomial(SAMPLES, p / p.sum(2, keepdims=True)) / SAMPLES
        yield Drawn(
            ids=[f"r{number:07d}" for number in range(start, start + len(rows))],
            texts=_texts(taken, rows, rng),
            gold=taken.gold[rows],
            z=z.astype(np.float32),
            votes=votes.astype(np.float32),
        )


def shuffled(taken: Source, rng: np.random.Generator) -> Source:
    """Return the source's rows in another order."""
    order = rng.permutation(len(taken.gold))
    words = tuple(taken.words[row] for row in order.tolist())
    return replace(taken, said=taken.said[order], gold=taken.gold[order], words=words)


def _class_means(taken: Source) -> Floats:
    """Return what each LLM says of each class on average, (K, N, K)."""
    n_classes = len(taken.classes)
    means = np.full((n_classes, *taken.said.shape[1:]), 1 / n_classes)
    for k in range(n_classes):
        if (taken.gold == k).any():
            means[k] = taken.said[taken.gold == k].mean(0)
    return means


def _texts(taken: Source, rows: Rows, rng: np.random.Generator) -> list[str]:
    """Return a text for each row: most words of its own, some of another one of its class."""
    by_class = [np.flatnonzero(taken.gold == k) for k in range(len(taken.classes))]
    texts = []
    lottery = rng.random((len(rows), 64), dtype=np.float32)
    for row, chance in zip(rows.tolist(), lottery, strict=True):
        alike = by_class[taken.gold[row]]
        other = taken.words[alike[int(chance[0] * len(alike))]]
        own = [
            word
            for word, luck in zip(taken.words[row], np.resize(chance, len(taken.words[row])), strict=True)
            if luck < KEPT
        ]
        more = [
            word for word, luck in zip(other, np.resize(chance[1:], len(other)), strict=True) if luck < TAKEN
        ]
        texts.append(" ".join([*own, *more]))
    return texts
