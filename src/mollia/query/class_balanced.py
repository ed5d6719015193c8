"""A wrapper that spreads a strategy's picks over the predicted classes."""

from __future__ import annotations

import numpy as np

from mollia.about import About, about
from mollia.protocols import QueryStrategy, View
from mollia.query.margin import margin
from mollia.records import Picked

MORE = 10  # times n: how far down the strategy's ranking the wrapper looks


def class_balanced(strategy: QueryStrategy) -> QueryStrategy:
    """Return a strategy that takes its rows in turn from each class the student predicts.

    Of the strategy's best 10 n rows it takes the best of each class, then the second best of each,
    and so on; within a turn the class with the lower number comes first.
    """
    said: About = getattr(strategy, "about", About())

    @about(needs={"probs", *said.needs}, most=said.most)
    def balanced(view: View, n: int, rng: np.random.Generator, /) -> Picked:
        ranked = strategy(view, MORE * n, rng).rows
        probs = view.probs[ranked]
        broken = np.isnan(probs).any(1)
        predicted = np.where(broken, -1, np.nan_to_num(probs).argmax(1))
        turn = np.zeros(len(ranked), np.int64)  # how many of the row's class stand before it
        for k in np.unique(predicted):
            of_class = predicted == k
            turn[of_class] = np.arange(np.count_nonzero(of_class))
        order = np.lexsort((predicted, turn, broken))
        return Picked(rows=ranked[order][:n])

    return balanced


balanced_margin = class_balanced(margin)
