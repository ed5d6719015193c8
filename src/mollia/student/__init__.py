"""Students: small text classifiers that learn from soft, weighted, negative labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mollia.optional import lazily

_HOMES = {"FrozenStudent": "mollia.student.frozen", "load_student": "mollia.student.load"}
__all__ = ["FrozenStudent", "load_student"]

if TYPE_CHECKING:
    from mollia.student.frozen import FrozenStudent
    from mollia.student.load import load_student

__getattr__ = lazily(__name__, _HOMES)
