"""Label text with a panel of LLMs and a few dozen human labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mollia.optional import lazily
from mollia.version import __version__

_HOMES = {
    "MolliaClassifier": "mollia.usecases.classifier",
    "PanelAnswers": "mollia.records",
    "Result": "mollia.usecases.result",
    "Task": "mollia.task.in_python",
    "TextFormat": "mollia.text_format",
    "estimate_accuracy": "mollia.honest.accuracy",
    "fuse": "mollia.usecases.fuse",
    "load_student": "mollia.student.load",
    "read_panel": "mollia.session.panel_file",
    "run": "mollia.usecases.run_task",
}
__all__ = [
    "MolliaClassifier",
    "PanelAnswers",
    "Result",
    "Task",
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
    from mollia.records import PanelAnswers
    from mollia.session.panel_file import read_panel
    from mollia.student.load import load_student
    from mollia.task.in_python import Task
    from mollia.text_format import TextFormat
    from mollia.usecases.classifier import MolliaClassifier
    from mollia.usecases.fuse import fuse
    from mollia.usecases.result import Result
    from mollia.usecases.run_task import run


__getattr__ = lazily(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
