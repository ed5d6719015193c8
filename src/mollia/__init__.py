"""Label text with a panel of LLMs and a few dozen human labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mollia.optional import lazily
from mollia.version import __version__

_HOMES = {
    "PanelAnswers": "mollia.records",
    "TextFormat": "mollia.text_format",
    "estimate_accuracy": "mollia.honest.accuracy",
    "fuse": "mollia.usecases.fuse",
    "load_student": "mollia.student.load",
    "read_panel": "mollia.session.panel_file",
    "run": "mollia.loop.run",
}
__all__ = [
    "PanelAnswers",
    "TextFormat",
    "__version__",
    "estimate_accuracy",
    "fuse",
    "load_student",
    "read_panel",
    "run",
]

if TYPE_CHECKING:
    from mollia.honest.accuracy import estimate_accuracy
    from mollia.loop.run import run
    from mollia.records import PanelAnswers
    from mollia.session.panel_file import read_panel
    from mollia.student.load import load_student
    from mollia.text_format import TextFormat
    from mollia.usecases.fuse import fuse


__getattr__ = lazily(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
