"""Is a file what it should be: SHA-256 where it is known, git's hash of the commit, else the first one seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import httpx2

from mollia.errors import DataError
from mollia_benchmarks.fetch.download import DownloadFailed, Tell, download
from mollia_benchmarks.fetch.sources import COMMIT, LISTING, MEBIBYTE, REPOSITORY, Source, at_mirror

KNOWN = "the SHA-256 that mollia knows"
GIT = f"the git hash of commit {COMMIT[:7]}"
FIRST = "nothing: the sum was recorded when the file was first seen"
BLOCK = 2**20

Entry = dict[str, str | int]


class Lock:
    """`sources.json` of a folder: the sum of each file that was used, and what it was checked against.

    Raises
    ------
    DataError
        On construction, when the file is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "sources.json"
        self.entries: dict[str, Entry] = {}
        self._seen: dict[str, Entry] = {}  # checked against nothing yet
        if self.path.is_file():
            self.entries = _entries(self.path)

    def check(self, source: Source, path: Path, *, git: str = "") -> None:
        """Check a file's content and note its sum; `git` is its hash in the commit ("": not known).

        A sum that nothing vouches for counts from `confirm` on.

        Raises
        ------
        DataError
            When it is not the file that is known or was used before.
        """
        size = path.stat().st_size
        if size > source.most:
            raise DataError(
                f"{path} has {size:,} bytes; at most {source.most:,} are expected.",
                hint=f"Get it again from {source.url}.",
            )
        found = _hash(path, hashlib.sha256())
        before = str(self.entries.get(source.file, {}).get("sha256", ""))
        for expected, whose in ((source.sha256, "mollia expects"), (before, f"{self.path} says")):
            if expected and found != expected:
                raise _differs(source, path, f"SHA-256 {found}; {whose} {expected}", self.path)
        if git and (is_git := _git_hash(path)) != git:
            raise _differs(source, path, f"git hash {is_git}; the commit says {git}", self.path)
        against = KNOWN if source.sha256 else GIT if git else FIRST
        if before and against == FIRST:
            return  # what it was checked against at first still holds
        entry: Entry = {"url": source.url, "bytes": size, "sha256": found, "checked against": against}
        (self._seen if against == FIRST else self.entries)[source.file] = entry

    def confirm(self) -> None:
        """Keep the sums of files that were seen for the first time: their content has proved right."""
        self.entries |= self._seen
        self.save()

    def forget(self) -> None:
        """Drop the sums of files that were seen for the first time and not confirmed."""
        self._seen.clear()

    def save(self) -> None:
        """Write the entries, whole or not at all."""
        if not self.entries:
            return
        part = self.path.with_name(f"{self.path.name}.part")
        part.write_text(json.dumps(self.entries, indent=1, sort_keys=True) + "\n", "utf-8")
        part.replace(self.path)


def commit_hashes(http: httpx2.Client, folder: Path, *, mirror: str, tell: Tell) -> Mapping[str, str]:
    """Return path -> git hash of the files in the authors' commit.

    Raises
    ------
    DownloadFailed
        When the listing cannot be had.
    """
    file = folder / "commit.json"
    if not file.is_file():
        download(http, at_mirror(LISTING, mirror), file, most=8 * MEBIBYTE, tell=tell)
    try:
        tree = json.loads(file.read_text("utf-8"))["tree"]
        return {entry["path"]: entry["sha"] for entry in tree if entry["type"] == "blob"}
    except (ValueError, KeyError, TypeError) as error:
        file.unlink()
        raise DownloadFailed(
            f"What came from {at_mirror(LISTING, mirror)} is not GitHub's listing of {REPOSITORY}.",
            hint="Run the same command again.",
        ) from error


def _entries(path: Path) -> dict[str, Entry]:
    try:
        read = json.loads(path.read_text("utf-8"))
        if all(isinstance(entry["sha256"], str) for entry in read.values()):
            return dict(read)
    except (ValueError, AttributeError, TypeError, KeyError):
        pass
    raise DataError(
        f"{path} is damaged: expected file names with their sha256.",
        hint="Delete it; the sums of the files are then recorded again.",
    )


def _hash(path: Path, into: hashlib._Hash) -> str:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            into.update(block)
    return into.hexdigest()


def _git_hash(path: Path) -> str:
    """Return what git calls this content."""
    header = f"blob {path.stat().st_size}\0".encode()
    return _hash(path, hashlib.sha1(header, usedforsecurity=False))


def _differs(source: Source, path: Path, how: str, lock: Path) -> DataError:
    return DataError(
        f"{path} is not the file it should be: it has {how}.",
        hint=f"Delete it and get it again from {source.url} (sums of earlier files: {lock}).",
    )
