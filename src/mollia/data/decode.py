"""From bytes to text: an encoding is used as asked for, or refused with the place; never guessed."""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Literal

from mollia.data.limits import LINE, short_lines
from mollia.errors import DataError, did_you_mean

MANY_NULS = 0.1  # a share of NUL characters that only UTF-16 read as UTF-8 has
COMMON = (
    "utf-8",
    "utf-16",
    "cp1252",
    "cp1250",
    "cp1251",
    "latin-1",
    "mac-roman",
    "shift_jis",
    "gb18030",
    "big5",
)
CONTROLS = frozenset(range(0x80, 0xA0))  # C1: control characters in ISO 8859-1
MARKS = {
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
}
BLOCK = 2**18  # bytes looked through at a time
FOR_NEITHER = "If it is neither, try cp1250, cp1251, shift_jis or gb18030."

Newline = Literal["", "\n"]


def text_lines(
    path: Path, *, encoding: str = "utf-8", newline: Newline = "", longest: int | None = LINE
) -> Iterator[str]:
    r"""Yield a file's lines with their ends, without a byte order mark; memory stays flat.

    `newline` "" ends lines at \n, \r and \r\n, "\n" only there. The whole file is looked through
    before the first line comes.

    Raises
    ------
    DataError
        On an unknown encoding, bytes that do not fit it (with line, byte offset and the likely
        encoding), text that would come out garbled (UTF-8 read as a one-byte encoding), a line of
        `longest` characters or more, and a file that changes while it is read.
    """
    source = str(path)
    with path.open("rb") as opened:
        file = opened if opened.seekable() else io.BytesIO(opened.read())
        name = _checked(file, source, encoding)
        file.seek(0)
        with io.TextIOWrapper(file, name, newline=newline) as lines:
            try:
                cut = lines if longest is None else iter(partial(lines.readline, longest), "")
                checked = cut if longest is None else short_lines(cut, source)
                yield next(checked, "").removeprefix("\ufeff")
                yield from checked
            except UnicodeDecodeError:
                raise DataError(
                    f"{source} changed while it was read.", hint="Try again when it is complete."
                ) from None


def codec_name(encoding: str) -> str:
    """Return Python's name of a text encoding.

    Raises
    ------
    DataError
        When there is no such encoding.
    """
    try:
        name = codecs.lookup(encoding.strip()).name
        "".encode(name)  # refuses codecs that are none of text
    except (LookupError, ValueError):
        raise DataError(
            f'There is no text encoding called "{encoding}".{did_you_mean(encoding, COMMON)}',
            hint="Windows files from western Europe are mostly cp1252; everything else today is utf-8.",
        ) from None
    return name


def _checked(file: BinaryIO, source: str, encoding: str) -> str:
    """Return the codec that reads the file; see `text_lines` for what is refused."""
    name = codec_name(encoding)
    if _at(file, 0, 3) == codecs.BOM_UTF8 and name not in {"utf-8", "utf-8-sig"}:
        raise DataError(
            f"{source} begins with the byte order mark of UTF-8, but encoding {encoding} was asked for.",
            hint="Leave the encoding out: such files are read without it.",
        )
    if name == "utf-8-sig":
        name = "utf-8"  # whose errors count offsets from the file's start; text_lines removes the mark
    if not _at(file, 0, 4).startswith(MARKS.get(name, b"")):
        name += "-le" if sys.byteorder == "little" else "-be"  # as bytes.decode does without a mark
    found = _scan(file, name)
    if found.misfit is not None:
        raise _undecodable(file, found.misfit, source, encoding)
    _refuse_garbled(file, found, name, source, encoding)
    return name


@dataclass(slots=True)
class _Scan:
    """What one look through a file's bytes finds; `misfit` is the offset where decoding fails."""

    misfit: int | None = None
    characters: int = 0
    nulls: int = 0
    ascii_only: bool = True


def _scan(file: BinaryIO, name: str) -> _Scan:
    found, end = _Scan(), 0
    decoder = codecs.getincrementaldecoder(name)()
    for block in chain(_blocks(file), [b""]):
        end += len(block)
        found.ascii_only = found.ascii_only and block.isascii()
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:  # it holds what was kept of earlier blocks, too
            found.misfit = end - len(error.object) + error.start
            return found
        found.characters += len(text)
        found.nulls += text.count("\0")
    return found


def _blocks(file: BinaryIO, stop: int | None = None) -> Iterator[bytes]:
    """Yield a file's bytes from its start, up to the offset `stop`."""
    file.seek(0)
    while block := file.read(BLOCK if stop is None else min(BLOCK, stop - file.tell())):
        yield block


def _at(file: BinaryIO, start: int, stop: int) -> bytes:
    file.seek(max(start, 0))
    return file.read(stop - max(start, 0))


def _refuse_garbled(file: BinaryIO, found: _Scan, name: str, source: str, encoding: str) -> None:
    if name.startswith("utf-8"):
        if found.nulls > MANY_NULS * found.characters:
            raise DataError(
                f"{source} is full of NUL bytes: it is UTF-16, or no text file.",
                hint=f"Try {_with('utf-16-le')}.",
            )
        return
    if found.ascii_only or not _one_byte(name):
        return
    if _fits(file, "utf-8"):
        raise DataError(
            f"{source} is UTF-8; read as {encoding} its letters would come out garbled.",
            hint="Leave the encoding out.",
        )
    if name == "iso8859-1" and any(not CONTROLS.isdisjoint(block) for block in _blocks(file)):
        raise DataError(
            f"{source} holds bytes that are control characters in {encoding}, but quotes, dashes or € in cp1252.",
            hint=f"Use {_with('cp1252')}.",
        )


def _undecodable(file: BinaryIO, start: int, source: str, encoding: str) -> DataError:
    newline = b"\n" if any(b"\n" in block for block in _blocks(file)) else b"\r"
    line = sum(block.count(newline) for block in _blocks(file, start)) + 1
    byte = _at(file, start, start + 1)[0]
    said = f"{source}:{line}: the byte 0x{byte:02x} at offset {start} is not {encoding}."
    if _at(file, 0, 2) in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        return DataError(said, hint=f"The file begins like UTF-16: use {_with('utf-16')}.")
    likely = next(
        (name for name in ("utf-8", "cp1252") if name != codec_name(encoding) and _fits(file, name)), None
    )
    if likely is None:
        return DataError(
            said,
            hint="Give the encoding the file was saved in (--encoding; in a task file encoding under [data] or [seed]).",
        )
    word = _word(_at(file, start - 30, start), _at(file, start, start + 30), likely)
    return DataError(
        f'{said} Read as {likely}, the place says "{word}".',
        hint=f"If that is right, use {_with(likely)}. {FOR_NEITHER}",
    )


def _with(encoding: str) -> str:
    """Say how a person names an encoding, on the command line and in a task file."""
    return f'--encoding {encoding} (in a task file: encoding = "{encoding}" under [data] or [seed])'


def _word(before: bytes, after: bytes, encoding: str) -> str:
    """Return the word around the place between two pieces of a file, read in an encoding."""
    left = before.decode(encoding, "ignore").replace(";", " ").replace(",", " ").split(" ")[-1]
    right = after.decode(encoding, "ignore").replace(";", " ").replace(",", " ").split(" ")[0]
    return (left.split("\n")[-1] + right.split("\r")[0].split("\n")[0]).strip('"')


def _fits(file: BinaryIO, encoding: str) -> bool:
    return _scan(file, encoding).misfit is None


def _one_byte(name: str) -> bool:
    every = bytes(range(256))
    return not name.startswith("utf") and len(every.decode(name, "replace")) == len(every)
