"""L-BFGS for a smooth convex function whose first few variables must not be negative, in plain array operations.

SciPy's L-BFGS-B looks through the bounds one by one in Python: of fifty thousand variables that takes longer than
the steps themselves, and holds up the other threads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from mollia.arrays import Mask, Vector

MEMORY = 10  # pairs of steps and changes of the gradient
SHORTEST = 1e-10  # a step at which the search along a line gives up
ENOUGH = 1e-4  # share of the decrease the gradient promises, which a step must reach

Loss = Callable[[Vector], tuple[float, Vector]]


def descend(loss: Loss, start: Vector, *, n_bounded: int, most_steps: int, tolerance: float) -> Vector:
    """Return where `loss`, which gives value and gradient, is least from `start` on, the first `n_bounded` variables >= 0.

    Ends when a step lowers the value by less than `tolerance` of it, as SciPy's `ftol`.
    """
    x, (value, gradient) = start, loss(start)
    pairs: deque[tuple[Vector, Vector, float]] = deque(maxlen=MEMORY)
    for _ in range(most_steps):
        stuck = (x[:n_bounded] <= 0) & (gradient[:n_bounded] > 0)
        down = _direction(gradient, pairs, stuck)
        step = 1.0 if pairs else _first_step(down)
        while True:
            new = x + step * down
            np.maximum(new[:n_bounded], 0.0, out=new[:n_bounded])
            moved = new - x
            new_value, new_gradient = loss(new)
            promised = float(gradient @ moved)
            if promised > 0 and pairs:  # the bounds have turned the step uphill: forget what the pairs tell
                pairs.clear()
                down = _direction(gradient, pairs, stuck)
                step = _first_step(down)
                continue
            if new_value <= value + ENOUGH * promised:
                break
            step *= max(0.1, min(0.5, -promised / (2 * (new_value - value - promised))))
            if step < SHORTEST:
                return x
        change = new_gradient - gradient
        curved = float(moved @ change)
        if curved > 0:
            pairs.append((moved, change, curved))
        reached = value - new_value <= tolerance * max(abs(value), abs(new_value), 1.0)
        x, value, gradient = new, new_value, new_gradient
        if reached:
            break
    return x


def _first_step(down: Vector) -> float:
    """Return the share of the way down that has at most the length 1: nothing is known of the curvature."""
    return min(1.0, 1.0 / max(float(np.linalg.norm(down)), 1e-300))


def _direction(gradient: Vector, pairs: deque[tuple[Vector, Vector, float]], stuck: Mask) -> Vector:
    """Return minus the gradient times the inverse Hessian that the pairs tell of; variables at their bound stay."""
    down = -gradient
    down[: len(stuck)][stuck] = 0.0
    along = []
    for moved, change, curved in reversed(pairs):
        along.append(float(moved @ down) / curved)
        down -= along[-1] * change
    if pairs:
        _, change, curved = pairs[-1]
        down *= curved / float(change @ change)
    for (moved, change, curved), a in zip(pairs, reversed(along), strict=True):
        down += (a - float(change @ down) / curved) * moved
    down[: len(stuck)][stuck] = 0.0
    return down
