"""The walk: find or fetch each file, check it, convert each set that is complete, and say what is missing."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from mollia.errors import DataError, MolliaError, did_you_mean, first_line
from mollia_benchmarks.fetch.convert import convert
from mollia_benchmarks.fetch.download import DownloadFailed, NoConnection, Tell, client, download
from mollia_benchmarks.fetch.sources import SETS, PaperSet, Source, at_mirror
from mollia_benchmarks.fetch.sums import Lock, commit_hashes

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where files come from and go to: `given` is the folder of --from, None fetches; `mirror` may be ""."""

    out: Path
    given: Path | None = None
    mirror: str = ""

    @property
    def downloads(self) -> Path:
        """Where fetched files stay."""
        return self.out / "downloads"

    def find(self, source: Source) -> Path | None:
        """Return the file where it is here already; --from may be a clone of the authors' repository."""
        folder = self.given or self.downloads
        places = [folder / source.file, *([folder / source.path] if source.path else [])]
        return next((place for place in places if place.is_file()), None)


@dataclass(slots=True, kw_only=True)
class Fetcher:
    """One run's connection, its progress display, and which servers did not answer."""

    http: httpx2.Client
    place: Place
    lock: Lock
    tell: Tell
    say: Say
    hashes: Mapping[str, str] | None = None
    closed: dict[str, NoConnection] = field(default_factory=dict)

    def fetch(self, source: Source) -> Path:
        """Fetch and check one file.

        Raises
        ------
        DownloadFailed
            When it cannot be had, or another file came.
        """
        url = at_mirror(source.url, self.place.mirror)
        host = urlsplit(url).netloc
        if host in self.closed:
            raise self.closed[host]
        target = self.place.downloads / source.file
        git = self._git_hash(source)
        try:
            download(self.http, url, target, most=source.size or source.most, tell=self.tell)
        except NoConnection as error:
            self.closed[host] = error
            raise
        try:
            self.lock.check(source, target, git=git)
        except DataError as error:
            target.unlink()
            raise DownloadFailed(
                f"{url} sent another file than expected: {error.args[0]}",
                hint="It was not kept. Run the same command again; if it stays so, the file was changed there.",
            ) from error
        return target

    def _git_hash(self, source: Source) -> str:
        """Return the file's hash in the authors' commit, "" where it has none or the listing cannot be had."""
        if not source.path:
            return ""
        if self.hashes is None:
            try:
                self.hashes = commit_hashes(
                    self.http, self.place.downloads, mirror=self.place.mirror, tell=self.tell
                )
            except DownloadFailed as error:
                self.hashes = {}
                self.say(
                    f"The hashes of the commit cannot be had, so files are checked only against the first "
                    f"download: {error.args[0]}"
                )
        return self.hashes.get(source.path, "")


def run(names: Sequence[str], place: Place, *, tell: Tell, say: Say) -> None:
    """Fetch and convert the named sets; sets whose files are all there are converted even if others fail.

    Raises
    ------
    DataError
        For an unknown set, and a file that is damaged, missing in --from, or not the one that is known.
    DownloadFailed
        When files cannot be had; the message says which to put where.
    """
    wanted = [_known(name) for name in dict.fromkeys(names)]
    if place.given and not place.given.is_dir():
        raise DataError(f"--from: {place.given} is not a folder.", hint="Name the folder with the files.")
    if place.mirror and not place.mirror.startswith(("http://", "https://")):
        raise DataError(
            f'--mirror: "{place.mirror}" is not a URL.', hint="It begins with https:// or http://."
        )
    try:
        place.downloads.mkdir(parents=True, exist_ok=True)
        _all(wanted, place, tell=tell, say=say)
    except OSError as error:
        raise DataError(
            f"{error.filename or place.out} cannot be read or written: {error.strerror or first_line(error)}.",
            hint="Check the folder's permissions and the room on the disk, then run the same command again.",
        ) from error


def _known(name: str) -> PaperSet:
    if name not in SETS:
        raise DataError(
            f'"{name}" is not one of the paper\'s sets.{did_you_mean(name, SETS)}',
            hint=f"Known: {', '.join(SETS)}.",
        )
    return SETS[name]


def _all(wanted: Sequence[PaperSet], place: Place, *, tell: Tell, say: Say) -> None:
    lock = Lock(place.out)
    missing: dict[str, tuple[Source, MolliaError]] = {}
    incomplete = []
    with ExitStack() as stack:
        fetcher = None
        if place.given is None:
            http = stack.enter_context(client())
            fetcher = Fetcher(http=http, place=place, lock=lock, tell=tell, say=say)
        for found in wanted:
            files, failed = _files(found, place, lock, fetcher)
            if failed:
                missing |= failed
                incomplete.append(found.name)
                continue
            rows, test = convert(found, files, place.out)
            lock.confirm()
            tested = f", test {test:,} rows" if test else ""
            say(f"{found.name}: {rows:,} rows{tested} -> {place.out / f'{found.name}_pool.parquet'}")
            say(f"  Licence: {found.licence}.")
    if missing:
        raise _missing(missing, incomplete, place)


def _files(
    found: PaperSet, place: Place, lock: Lock, fetcher: Fetcher | None
) -> tuple[dict[str, Path], dict[str, tuple[Source, MolliaError]]]:
    """Return a set's files, and those that cannot be had with the reason."""
    files: dict[str, Path] = {}
    failed: dict[str, tuple[Source, MolliaError]] = {}
    lock.forget()
    try:
        for source in found.sources:
            path = place.find(source)
            if path:
                lock.check(source, path)
                files[source.file] = path
            elif fetcher is None:
                failed[source.file] = source, DataError(f"{source.file} is missing.")
            else:
                try:
                    files[source.file] = fetcher.fetch(source)
                except DownloadFailed as error:
                    failed[source.file] = source, error
    finally:
        lock.save()
    return files, failed


def _missing(
    missing: Mapping[str, tuple[Source, MolliaError]], incomplete: Sequence[str], place: Place
) -> MolliaError:
    """Return the error that says which files to put where, and how to go on."""
    folder = place.given or place.downloads
    reasons = dict.fromkeys(str(error.args[0]) for _, error in missing.values() if place.given is None)
    lines = [f"  {source.url}\n    -> {folder / source.file}" for source, _ in missing.values()]
    files = "1 file is" if len(missing) == 1 else f"{len(missing)} files are"
    message = "\n".join([f"{', '.join(incomplete)}: {files} missing.", *reasons, *lines])
    command = ["mollia", "bench", "data", *incomplete, "--out", str(place.out), "--from", str(folder)]
    how = f"Save each address under the name behind its arrow, and go on with: {shlex.join(command)}"
    if place.given:
        return DataError(message, hint=how)
    return DownloadFailed(message, hint=f"Run the same command again where the network is open. Or: {how}")
