"""A folder to the Hugging Face Hub, as one commit: the one door to uploads.

What may be there: nothing, a repository without files (an upload was broken off), or files that are to be replaced (`update`). The commit is one
step, so at every moment the repository holds all of an upload or nothing of it; large files that arrived before a break are not sent again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from mollia.annotate.secret import Secrets
from mollia.errors import DataError, MolliaError
from mollia.optional import require

PREFIX = "hf://"
Kind = Literal["dataset", "model"]
WORDS: dict[Kind, str] = {"dataset": "data set", "model": "model"}
NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
ITS_OWN = {".gitattributes"}  # files that the hub makes itself
AGAIN = "The same command goes on from here."
REFUSED, FORBIDDEN, TAKEN, BUSY, BROKEN = 401, 403, 409, 429, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A repository on the hub."""

    name: str  # owner/name
    kind: Kind

    @property
    def path(self) -> str:
        """The address below the hub's own."""
        return f"datasets/{self.name}" if self.kind == "dataset" else self.name


def place_of(written: str, kind: Kind) -> Place:
    """Return the place that `hf://owner/name` means; `hf://datasets/owner/name` is understood too.

    Raises
    ------
    DataError
        When it is no such address, or one of the other kind.
    """
    name = written.removeprefix(PREFIX)
    if name.startswith("datasets/"):
        if kind != "dataset":
            raise DataError(
                f"{written} is the address of a data set, and a student is a model.",
                hint=f"Write {PREFIX}{name.removeprefix('datasets/')}",
            )
        name = name.removeprefix("datasets/")
    if not written.startswith(PREFIX) or not NAME.fullmatch(name):
        raise DataError(
            f'"{written}" is not an address on the Hugging Face Hub.',
            hint=f"Write {PREFIX}OWNER/NAME, OWNER being your user name or an organisation.",
        )
    return Place(name=name, kind=kind)


def address(place: Place) -> str:
    """Return a repository's address at the hub that HF_ENDPOINT names.

    Raises
    ------
    MissingExtra
        When huggingface_hub is missing.
    """
    return f"{_library().HfApi().endpoint}/{place.path}"


def _library() -> ModuleType:
    return require("huggingface_hub", extra="hub", purpose="Uploading to the Hugging Face Hub")


def upload(folder: Path, place: Place, *, public: bool, update: bool, say: Callable[[str], None]) -> str:
    """Commit a folder's files to a repository, which is made where there is none; return its address.

    The token is the one of HF_TOKEN or of `hf auth login`.

    Raises
    ------
    MissingExtra, DataError
        When huggingface_hub is missing; when there is no token, the hub refuses it or cannot be reached, or the repository is not what was
        expected: it has files and `update` is not asked for, or everyone can read it and `public` is not.
    """
    hub = _library()
    token = hub.get_token()
    if not token:
        raise DataError(
            "There is no token for the Hugging Face Hub.",
            hint="Log in with: hf auth login (or set HF_TOKEN to a token that may write).",
        )
    api = hub.HfApi(token=token, library_name="mollia")
    hub.utils.disable_progress_bars()
    hub.utils.logging.set_verbosity_error()
    with _said(hub, place, api.endpoint, token):
        there = _names(hub, api, place, public=public, update=update)
        if there is None:
            api.create_repo(place.name, repo_type=place.kind, private=not public)
            say(f"Made {api.endpoint}/{place.path} ({'public' if public else 'private'}).")
        ours = {
            path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()
        }
        adds = [hub.CommitOperationAdd(name, str(path)) for name, path in ours.items()]
        gone = [hub.CommitOperationDelete(name) for name in _outdated(there or set(), set(ours))]
        api.create_commit(
            place.name, [*adds, *gone], repo_type=place.kind, commit_message="Upload from mollia"
        )
    return f"{api.endpoint}/{place.path}"


def _names(hub: Any, api: Any, place: Place, *, public: bool, update: bool) -> set[str] | None:  # noqa: ANN401  # an optional library's
    """Return the names of the files that are there; None where there is no repository."""
    try:
        info = api.repo_info(place.name, repo_type=place.kind)
    except hub.errors.RepositoryNotFoundError:
        return None
    names = {each.rfilename for each in info.siblings or ()} - ITS_OWN
    if names and not update:
        raise DataError(
            f"The {WORDS[place.kind]} {place.name} is on the hub already, with {len(names)} files.",
            hint="Add --update to replace its files by a new commit (older ones stay in its history), or choose another name.",
        )
    if not info.private and not public:
        raise DataError(
            f"Everyone can read the {WORDS[place.kind]} {place.name}.",
            hint="Make it private in its settings on the hub, or add --public.",
        )
    return names


def _outdated(there: set[str], ours: set[str]) -> list[str]:
    """Return the files of an earlier upload that this one does not hold: those in folders that it fills."""
    folders = {name.split("/")[0] for name in ours if "/" in name}
    return sorted(name for name in there - ours if "/" in name and name.split("/")[0] in folders)


@contextmanager
def _said(hub: Any, place: Place, endpoint: str, token: str) -> Iterator[None]:  # noqa: ANN401  # an optional library's
    """Say what goes wrong in words, without the token."""
    try:
        yield
    except MolliaError:
        raise
    except Exception as error:  # noqa: BLE001  # network, refusals and the files' own errors come as many classes
        found = _cause(hub, error)
        status = getattr(getattr(found, "response", None), "status_code", None)
        said, hint = _words(place, endpoint, status, found)
        raise DataError(Secrets(token, []).without(said), hint=hint) from None


def _cause(hub: Any, error: BaseException) -> BaseException:  # noqa: ANN401  # an optional library's
    """Return what another error was raised for: the hub's own where there is one, else the first."""
    found = error
    while found.__cause__ is not None and not isinstance(found, hub.errors.HfHubHTTPError):
        found = found.__cause__
    return found


def _words(place: Place, endpoint: str, status: int | None, error: BaseException) -> tuple[str, str]:
    """Return what is wrong, and what to do."""
    if status is None:
        return _unreached(endpoint, error)
    owner, name = place.name.split("/")
    known = {
        REFUSED: (
            f"{endpoint} refuses the token (401).",
            f"Make one that may write at {endpoint}/settings/tokens, and log in with it: hf auth login (or set HF_TOKEN).",
        ),
        FORBIDDEN: (
            f"The token may not write to {place.name} (403).",
            f"Use a token with the right to write for {owner}, or another name: {PREFIX}YOUR-USER-NAME/{name}",
        ),
        TAKEN: (
            f"{place.name} was made or changed by someone else during the upload (409).",
            "Look at it on the hub, then give the same command again, with --update to replace its files.",
        ),
        BUSY: (f"{endpoint} takes no more requests for now (429).", f"Wait some minutes. {AGAIN}"),
    }
    if status in known:
        return known[status]
    if status >= BROKEN:
        return f"{endpoint} has a fault of its own ({status}).", f"Wait some minutes. {AGAIN}"
    return (
        f"{endpoint} refuses the upload ({status}): {_line(error)}",
        "Mend that, and give the same command again.",
    )


def _unreached(endpoint: str, error: BaseException) -> tuple[str, str]:
    if type(error).__name__ == "OfflineModeIsEnabled":
        return (
            "HF_HUB_OFFLINE is set, so nothing can be uploaded.",
            "Unset it and give the same command again.",
        )
    return (
        f"The upload to {endpoint} did not come through: {_line(error)}",
        f"Check the connection (and HF_ENDPOINT, if you set it). {AGAIN}",
    )


def _line(error: BaseException) -> str:
    """Return the first line of what an error says that holds a word."""
    lines = (line.strip() for line in str(error).splitlines())
    return next(filter(None, lines), type(error).__name__)
