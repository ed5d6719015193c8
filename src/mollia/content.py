"""What a row holds where it is not a text: a reference to a file's bytes, which travels as a string in a text's place.

An encoder or an annotator that reads images opens what the reference names; everything behind them works on vectors
and answers alone and takes the string as it is. Rows with the same bytes have the same reference.

    folder/cat.png#sha256=1f0c…      a file, with what it held when it was read
    data:image/png;base64,iVBOR…     bytes that a Parquet file held
    https://example.org/cat.png      an address on the web, which only a server opens
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from pathlib import Path
from typing import Literal

from mollia.errors import DataError

Kind = Literal["text", "image", "audio", "nothing"]  # nothing: the row has vectors alone

MARK = "#sha256="
DIGITS = 32  # of a hash
WEB = ("https://", "http://")
DATA = "data:"
HEAD = 16  # bytes that tell a type

# What the pages may show, and how its bytes begin; nothing that can hold a script is among them.
_TYPES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\x1aE\xdf\xa3", "audio/webm"),
)
_IN_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}


def digest_of(data: bytes) -> str:
    """Return a hash of bytes."""
    return hashlib.sha256(data).hexdigest()[:DIGITS]


def file_reference(path: Path, data: bytes) -> str:
    """Return the reference to a file that holds these bytes now."""
    return f"{path.absolute()}{MARK}{digest_of(data)}"


def file_in(root: Path, reference: str) -> str:
    """Return what a reference names to others: a file by its path from `root`, else the address or the bytes as they are."""
    path, mark, _ = reference.rpartition(MARK)
    if not mark or reference.startswith((DATA, *WEB)):
        return reference
    return Path(os.path.relpath(path, root)).as_posix()


def data_reference(data: bytes) -> str:
    """Return bytes as a reference that holds them itself."""
    return f"{DATA}{media_type(data) or 'application/octet-stream'};base64,{base64.b64encode(data).decode()}"


def on_the_web(reference: str) -> bool:
    """Tell whether a reference is an address, whose bytes are never read here."""
    return reference.startswith(WEB)


def identity(reference: str) -> str:
    """Return what tells one content from another: the hash of its bytes, or its address on the web."""
    if on_the_web(reference):
        return reference
    _, mark, digest = reference.rpartition(MARK)
    return digest if mark and not reference.startswith(DATA) else digest_of(content_bytes(reference))


def content_bytes(reference: str) -> bytes:
    """Return the bytes that a reference, or a plain path, names.

    Raises
    ------
    DataError
        When the file is gone or has changed since it was read, or it lies on the web.
    """
    if on_the_web(reference):
        raise DataError(
            f"{reference} is an address on the web; mollia reads no file from there.",
            hint="Download the files, and name their paths.",
        )
    if reference.startswith(DATA):
        try:
            return base64.b64decode(reference.partition(";base64,")[2], validate=True)
        except binascii.Error as error:
            raise DataError(f"A data: address cannot be read: {error}.") from None
    path, mark, digest = reference.rpartition(MARK) if MARK in reference else (reference, "", "")
    try:
        data = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(f"{path} cannot be read: {why}.", hint="Put the file back, or run again.") from None
    if mark and digest_of(data) != digest:
        raise DataError(f"{path} has changed since the data was read.", hint="Run the same command again.")
    return data


def media_type(data: bytes) -> str | None:
    """Return the type of an image or of audio by how its bytes begin, None for anything else."""
    if data[:4] == b"RIFF":
        return _IN_RIFF.get(data[8:12])
    if data[4:8] == b"ftyp" and data[8:11] in {b"M4A", b"mp4", b"iso", b"das"}:
        return "audio/mp4"
    return next((name for start, name in _TYPES if data[:HEAD].startswith(start)), None)
