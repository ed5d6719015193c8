"""Browsers that were let in: their cookies are signed with a secret of the task, so that a restart forgets nobody."""

from __future__ import annotations

import errno
import hashlib
import hmac
import os
import secrets
import stat
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mollia.errors import DataError
from mollia.invocation import quoted
from mollia.leftovers import unfinished_beside

FILE = "page.secret"
BYTES = 32
_LONGEST = 4 * BYTES


@dataclass(slots=True)
class Session:
    """One browser; `name` is who labels there, `key` what its requests must carry."""

    id: str
    key: str
    name: str = ""


class Sessions:
    """Makes sessions and reads them from cookies; keeps no list of them."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.token = self._signed("token", "")  # of the start address

    def new(self) -> Session:
        """Return a session that nobody has."""
        return self._session(secrets.token_urlsafe(BYTES), "")

    def cookie(self, session: Session) -> str:
        """Return what a browser sends back to be known again."""
        name = urlsafe_b64encode(session.name.encode()).decode()
        return f"{session.id}.{name}.{self._signed('cookie', f'{session.id}.{name}')}"

    def known(self, cookie: str) -> Session | None:
        """Return the session of a cookie that was made with this secret."""
        said, _, signature = cookie.rpartition(".")
        if not secrets.compare_digest(signature.encode(), self._signed("cookie", said).encode()):
            return None
        id_, _, name = said.partition(".")
        return self._session(id_, urlsafe_b64decode(name).decode())

    def _session(self, id_: str, name: str) -> Session:
        return Session(id_, self._signed("key", id_), name)

    def _signed(self, use: str, said: str) -> str:
        digest = hmac.digest(self._secret, f"{use} {said}".encode(), hashlib.sha256)
        return urlsafe_b64encode(digest).decode().rstrip("=")


def secret_of(folder: Path) -> bytes:
    """Return the secret that a run's folder keeps; a new one where there is none that only its owner can read.

    Where it cannot be kept so, it is that of this start alone.
    """
    path = folder / FILE
    with suppress(OSError):
        return _kept(path)
    secret = secrets.token_bytes(BYTES)
    with suppress(OSError):
        _keep(path, secret)
        return _kept(path)
    with suppress(OSError):
        path.unlink()
    return secret


def secret_in(path: Path) -> bytes:
    """Return the secret that a file of one's own keeps, a new one where there is no file: the same start address for every task.

    Raises
    ------
    DataError
        When others can read the file, it holds something else, or it cannot be written.
    """
    path = path.expanduser()
    try:
        if not path.exists():
            _keep(path, secrets.token_bytes(BYTES))
        return _kept(path)
    except OSError as error:
        why = "it is a link" if error.errno == errno.ELOOP else error.strerror
        raise DataError(
            f"{path} cannot serve as a token file: {why}.",
            hint=f"Make it yours alone: chmod 600 {quoted(path)}"
            if error.errno == errno.EPERM
            else "Name a file that is not there yet, in a folder of yours: mollia makes it.",
        ) from None


def _kept(path: Path) -> bytes:
    """Return the secret of a file.

    Raises
    ------
    OSError
        When it is not there, or not the secret of this user alone.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is not a file")
        if os.name != "nt" and (found.st_uid != os.geteuid() or found.st_mode & 0o077):
            raise PermissionError(errno.EPERM, "others than you can read or change it")
        said = file.read(_LONGEST)
    with suppress(ValueError):
        secret = bytes.fromhex(said.decode("ascii"))
        if len(secret) == BYTES:
            return secret
    raise OSError(errno.EINVAL, "it holds something else than a secret of mollia")


def _keep(path: Path, secret: bytes) -> None:
    with unfinished_beside(path) as unfinished:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secret.hex().encode())
            file.flush()
            os.fsync(handle)
        unfinished.replace(path)
