"""What a run is doing, in a file of its folder for as long as it goes on: the page that watches a run reads it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from mollia.errors import MolliaError
from mollia.progress import LlmProgress, Progress, Several
from mollia.standing import Standing, Tracker, looked_at
from mollia.whole_files import write_text

STATE = "progress.json"
EVERY = 2.0  # seconds between two writings
OLD = 30.0  # seconds after which a run is thought to have been killed


@contextmanager
def watched(folder: Path, progress: Progress) -> Iterator[Progress]:
    """Yield a Progress that tells `progress`, and the file; the file is gone in the end."""
    path = folder / STATE

    def write(now: Standing) -> None:
        with suppress(MolliaError, OSError):  # a full disk ends a run where something is lost, not here
            if folder.is_dir():
                write_text(path, json.dumps({"at": time.time(), **asdict(now)}, ensure_ascii=False) + "\n")

    tracker = Tracker(write, every=EVERY, steps=False)
    try:
        with looked_at(tracker):
            yield Several(progress, tracker)
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def read_state(folder: Path) -> Standing | None:
    """Return what the run of a folder is doing, None where none goes on."""
    try:
        found = json.loads((folder / STATE).read_text("utf-8"))
        if time.time() - float(found.pop("at")) > OLD:
            return None
        llms = tuple(LlmProgress(**each) for each in found.pop("llms"))
        return Standing(**found, llms=llms)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):  # none, or another version's
        return None
