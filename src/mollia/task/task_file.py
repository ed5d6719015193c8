"""Which paths mean a task, where a command takes a task or a file of answers or labels."""

from __future__ import annotations

from pathlib import Path

SUFFIX = ".toml"
TASK = "task.toml"  # what a folder's task file is called


def is_task(path: Path) -> bool:
    """Tell whether a path is a task file, by its suffix in any case, or a folder, which holds a task.toml."""
    return path.suffix.lower() == SUFFIX or path.is_dir()
