"""How a student is fine-tuned; docs/student.md tells where the numbers come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mollia.parameters import Constraint, Constraints, real, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """AdamW's numbers, and the share of the layers that learns.

    Parameters
    ----------
    epochs, lr, batch : int, float, int
        AdamW's; the head learns ten times as fast.
    most_steps : int
        Batches learned from at most: a large pool is seen in fewer epochs, or in part.
    frozen : float
        The share of the layers, from below, that stays as it is; the embeddings always do.
    """

    epochs: int = 5
    most_steps: int = 500
    lr: float = 3e-4
    batch: int = 32
    frozen: float = 0.5

    _parameter_constraints: ClassVar[Constraints] = {
        "epochs": whole(1),
        "most_steps": whole(1),
        "lr": real(0, above=True),
        "batch": whole(1),
        "frozen": real(0, 1),
    }


AS_MEASURED = Recipe()  # the one of docs/student.md
RECIPE = Constraint(asks="a Recipe", holds=lambda value: isinstance(value, Recipe))
