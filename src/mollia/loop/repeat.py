"""What repeats a run and goes on from it: its settings, and the commands to type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mollia.annotate.address import shown
from mollia.invocation import NAME, quoted
from mollia.task.config import Task


def settings(task: Task, *, changed: bool = False) -> dict[str, object]:
    """Return the task as it was run, its paths as seen from the folder of the results; `changed`: without defaults.

    Addresses lose user, password and query, which may be secrets.
    """
    written = task.model_dump(
        mode="json", exclude_none=True, exclude_defaults=changed, context={"folder": task.run.out}
    )
    # Without defaults the kind is left out, but a task file names it.
    kinds = [member.kind for member in task.panel]
    written["panel"] = [_member(*each) for each in zip(written["panel"], kinds, strict=True)]
    return written


def _member(written: Mapping[str, Any], kind: str) -> dict[str, object]:
    member = {"name": written["name"], "kind": kind, **written}
    if "url" in member:
        member["url"] = shown(member["url"])
    if "urls" in member:
        member["urls"] = [shown(url) for url in member["urls"]]
    return member


def commands(task: Task) -> Mapping[str, str]:
    """Return the commands that go on from a run, by what they do, for the folder of the task file."""
    file = quoted(task.file.name)
    return {
        "label": f"{NAME} serve {file}",
        "review": f"{NAME} serve {file}",
        "run": f"{NAME} run {file}",
        "doctor": f"{NAME} doctor {file}",
    }
