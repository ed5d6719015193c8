"""Which browser the pages are tested in: an installed one, else Debian's, else playwright's own; never none."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mollia.errors import StoreError
from mollia.ledger.lock import WriterLock

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
DEBIAN = (["apt-get", "update"], ["apt-get", "install", "-y", "chromium"])
OWN = [sys.executable, "-m", "playwright", "install", "chromium"]


class NoBrowser(Exception):
    """No browser is installed and none could be."""


@dataclass(frozen=True)
class Machine:
    """What the choice asks of the machine."""

    def which(self, name):
        return shutil.which(name)

    def exists(self, path):
        return Path(path).exists()

    def is_root(self):
        return hasattr(os, "geteuid") and os.geteuid() == 0

    def run(self, words):
        """Run a command; return (exit code, the end of what it said on stderr)."""
        done = subprocess.run(words, check=False, capture_output=True, text=True)
        return done.returncode, done.stderr[-500:]


def installed(machine):
    """Return the path of an installed Chrome or Chromium, or None."""
    found = next((path for name in NAMES if (path := machine.which(name))), None)
    return found or (MAC if machine.exists(MAC) else None)


def find_browser(machine=None):
    """Return the path of a browser, installing one if there is none; None = playwright's own."""
    machine = machine or Machine()
    if found := installed(machine):
        return found
    with one_at_a_time(Path(tempfile.gettempdir()) / "mollia-browser"):
        if found := installed(machine):
            return found
        if machine.which("apt-get") and machine.is_root():
            for words in DEBIAN:
                machine.run(words)
            if found := installed(machine):
                return found
        code, said = machine.run(OWN)
        if code:
            raise NoBrowser(
                "The page's tests need a browser. None is installed, and neither apt-get nor playwright could "
                f"install one; install Chrome or Chromium. {said}"
            )
        return None


@contextmanager
def one_at_a_time(path):
    """Wait until no other test worker is in such a block."""
    while True:
        try:
            lock = WriterLock(path)
            break
        except StoreError:
            time.sleep(1)
    try:
        yield
    finally:
        lock.release()
