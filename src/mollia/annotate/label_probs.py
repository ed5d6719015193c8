"""Label probabilities z from next-token distributions, without crediting any mass twice.

Two ways. `from_positions` reads the first tokens of one reply (a server's top-N lists): mass
goes to the one class a token text can only mean, and nowhere if it could mean two or none.
`from_sequences` scores the labels as token sequences on a trie, where a caller gives the
next-token distribution after any prefix; with all labels scored, z is normalised and the
mass on anything else is kept beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from mollia.arrays import Vector
from mollia.panel_mass import ROUNDING

DECORATION = " \t\r\n*_`\"'\u201c\u201d\u2018\u2019<>[](){}:#-"
TELLING = 3  # letters by which a token may stand for the one label it begins
NEGLIGIBLE = 1e-3  # a trie node with less mass is not looked into
_SPECIAL = ("<|", "</s>", "<end_of_turn>", "<eos>", "[/INST]", "<\uff5c")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelProbs:
    """`logprobs` (K,): -inf = no mass, NaN = not seen; `unseen`: the mass on no label at all.

    `shared` is mass on tokens that begin two labels; it is part of `unseen`.
    """

    logprobs: Vector
    unseen: float
    shared: float = 0.0


@dataclass(frozen=True, slots=True)
class Position:
    """One position of a reply: the token sent, and log-probabilities of the likeliest tokens by text."""

    token: str
    top: Mapping[str, float]


def from_positions(positions: Sequence[Position], classes: Sequence[Sequence[str]]) -> LabelProbs:
    """Read z (K,) off the first positions of a reply, walking on while the reply is undecided.

    A token credits a class if, after what was sent before it, the reply can only become a
    name of that class: it spells the whole name, or at least `TELLING` letters of it. Blank,
    quote and markdown tokens credit none; if the one sent is such, or begins two labels, its
    mass is shared out by the next position. What stays undecided counts as unseen, and a class
    that got nothing as not seen (NaN).
    """
    folded = tuple(tuple(_fold(name) for name in names) for names in classes)
    mass = np.zeros(len(classes))
    shared = 0.0
    so_far, weight = "", 1.0
    for number, position in enumerate(positions):
        more = number + 1 < len(positions)
        undecided = 0.0
        for token, logprob in position.top.items():
            p = weight * math.exp(min(logprob, 0.0))
            label, open_ = _meant(so_far, token, folded)
            sent = token == position.token
            if label >= 0 and not (open_ and sent and more):
                mass[label] += p
            elif open_ and sent and more:
                undecided = p
            elif open_ and _bare(so_far + token):
                shared += p
        if not undecided:
            break
        so_far, weight = so_far + position.token, undecided
    total = float(mass.sum())
    if total > 1:
        mass, total = mass / total, 1.0
    with np.errstate(divide="ignore"):
        logprobs = np.where(mass > 0, np.log(mass), np.nan)
    return LabelProbs(logprobs=logprobs, unseen=max(0.0, 1.0 - total), shared=min(shared, 1.0 - total))


@lru_cache(maxsize=4096)  # the likely tokens of one task are few
def _meant(so_far: str, token: str, classes: tuple[tuple[str, ...], ...]) -> tuple[int, bool]:
    """Return which class a reply that starts with `so_far + token` must mean (-1 = none), and whether
    the next position could still tell (more).
    """
    before, text = _bare(so_far), _bare(so_far + token)
    if not text:
        return -1, not _ends(token)
    if before and (_ends(token) or not _fold(token)[:1].isalnum()):  # a label was spelled out and is over
        exact = [k for k, names in enumerate(classes) if before in names]
        if exact:
            return exact[0], False
    spelled = [k for k, names in enumerate(classes) if text in names]
    begun = sorted(
        {k for k, names in enumerate(classes) for name in names if name.startswith(text) and name != text}
    )
    rivals = [k for k in begun if k not in spelled]
    if len(spelled) == 1 and not rivals:
        return spelled[0], False
    if not spelled and len(begun) == 1 and len(text) >= TELLING:
        return begun[0], False
    return -1, bool(spelled or begun)


def _fold(text: str) -> str:
    return text.casefold().strip(" ")


def _bare(text: str) -> str:
    return text.casefold().strip(DECORATION)


def _ends(token: str) -> bool:
    return not token or token.startswith(_SPECIAL)


def from_full_labels(logprobs: Sequence[float]) -> LabelProbs:
    """Return z (K,) from the log-probability of each whole label: normalised, the rest kept as unseen."""
    logs: Vector = np.asarray(logprobs, np.float64)
    top = float(logs.max())
    if not math.isfinite(top):
        return LabelProbs(logprobs=np.full(len(logs), -np.inf), unseen=1.0)
    log_total = top + math.log(float(np.exp(logs - top).sum()))
    return LabelProbs(logprobs=logs - log_total, unseen=max(0.0, 1.0 - math.exp(min(log_total, 0.0))))


Tokens = tuple[int, ...]


class NextTokens(Protocol):
    """Log-probabilities of the next token."""

    def get(self, token: int, default: float, /) -> float:
        """Return a token's log-probability, `default` where it is not listed."""
        ...


def from_sequences(
    sequences: Sequence[tuple[int, Tokens]],
    n_classes: int,
    after: Callable[[Tokens], NextTokens],
) -> LabelProbs:
    """Score labels as token sequences on a trie and normalise over the K classes.

    Parameters
    ----------
    sequences : pairs of class number and tokens
        Every way of writing a label; a class may have several, which are added up.
    after : function
        Log-probabilities of the next token after the prompt and some label tokens; it is asked
        once for each prefix that carries at least `NEGLIGIBLE` mass and is undecided.
    """
    tree = _tree(sequences)
    mass = np.zeros(n_classes)
    _spread(tree, (), 1.0, after, mass)
    total = float(mass.sum())
    if total > 1 + ROUNDING:
        mass, total = mass / total, 1.0
    with np.errstate(divide="ignore"):
        return from_full_labels(np.log(mass).tolist())


class _Node:
    """A prefix: the classes it spells, and its continuations."""

    __slots__ = ("below", "next", "spells")

    def __init__(self) -> None:
        self.spells: set[int] = set()
        self.below: set[int] = set()
        self.next: dict[int, _Node] = {}


def _tree(sequences: Sequence[tuple[int, Tokens]]) -> _Node:
    root = _Node()
    for label, tokens in sequences:
        node = root
        for token in tokens:
            node = node.next.setdefault(token, _Node())
            node.below.add(label)
        node.spells.add(label)
    return root


def _spread(
    node: _Node, prefix: Tokens, mass: float, after: Callable[[Tokens], NextTokens], z: Vector
) -> None:
    """Give the mass of a prefix to the classes below it."""
    if not node.next:  # nothing longer: the label is spelled out
        _credit(node.spells, mass, z)
        return
    if prefix and mass < NEGLIGIBLE:
        if len(node.below) == 1:
            _credit(node.below, mass, z)
        return
    following = after(prefix)
    left = mass
    for token, child in node.next.items():
        p = mass * math.exp(min(following.get(token, -math.inf), 0.0))
        left -= p
        _spread(child, (*prefix, token), p, after, z)
    _credit(node.spells, max(left, 0.0), z)


def _credit(labels: set[int], mass: float, z: Vector) -> None:
    if len(labels) == 1:
        z[next(iter(labels))] += mass
