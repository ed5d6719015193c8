"""How a student is fine-tuned; docs/student.md tells where the numbers come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mollia.parameters import Constraint, Constraints, real, whole

PER_CLASS = 2  # batches for each class, where they are fewer than `least_steps`: more taught few classes errors by heart


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """AdamW's numbers, and the share of the layers that learns.

    Parameters
    ----------
    epochs, lr, batch : int, float, int
        AdamW's; the head learns ten times as fast.
    least_steps, most_steps : int
        Batches learned from at least, two for each class if that is fewer, and at most: a small pool with many classes is seen in more
        epochs, a large one in fewer, or in part.
    frozen : float
        The share of the layers, from below, that stays as it is; the embeddings always do.
    """

    epochs: int = 5
    least_steps: int = 1
    most_steps: int = 500
    lr: float = 3e-4
    batch: int = 32
    frozen: float = 0.5

    _parameter_constraints: ClassVar[Constraints] = {
        "epochs": whole(1),
        "least_steps": whole(1),
        "most_steps": whole(1),
        "lr": real(0, above=True),
        "batch": whole(1),
        "frozen": real(0, 1),
    }

    def steps(self, n_rows: int, n_classes: int) -> int:
        """Return how many batches are learned from."""
        least = min(self.least_steps, PER_CLASS * n_classes)
        return min(max(self.epochs * -(-n_rows // self.batch), least), self.most_steps)


# The one of docs/student.md: with many classes fewer rows get as many batches as its 550.
AS_MEASURED = Recipe(least_steps=90)
RECIPE = Constraint(asks="a Recipe", holds=lambda value: isinstance(value, Recipe))
