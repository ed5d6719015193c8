"""From bytes to text: an encoding is used as asked for, or refused with the place; never guessed."""

from __future__ import annotations

import codecs

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
FOR_NEITHER = "If it is neither, try cp1250, cp1251, shift_jis or gb18030."


def decode(data: bytes, *, source: str, encoding: str = "utf-8") -> str:
    """Return the text of a file's bytes, without a byte order mark.

    Raises
    ------
    DataError
        On an unknown encoding, bytes that do not fit it (with line, byte offset and the likely
        encoding), and text that would come out garbled (UTF-8 read as a one-byte encoding).
    """
    name = _codec(encoding)
    if data.startswith(codecs.BOM_UTF8) and name not in {"utf-8", "utf-8-sig"}:
        raise DataError(
            f"{source} begins with the byte order mark of UTF-8, but encoding {encoding} was asked for.",
            hint="Leave the encoding out: such files are read without it.",
        )
    if name == "utf-8-sig":
        name = "utf-8"  # whose errors count offsets from the file's start; the mark is removed below
    try:
        text = data.decode(name)
    except UnicodeDecodeError as error:
        raise _undecodable(data, error.start, source, encoding) from None
    except LookupError:
        raise _unknown(encoding) from None
    _refuse_garbled(data, text, name, source, encoding)
    return text.removeprefix("\ufeff")


def _codec(encoding: str) -> str:
    try:
        return codecs.lookup(encoding.strip()).name
    except (LookupError, ValueError):
        raise _unknown(encoding) from None


def _unknown(encoding: str) -> DataError:
    return DataError(
        f'There is no text encoding called "{encoding}".{did_you_mean(encoding, COMMON)}',
        hint="Windows files from western Europe are mostly cp1252; everything else today is utf-8.",
    )


def _refuse_garbled(data: bytes, text: str, name: str, source: str, encoding: str) -> None:
    if name.startswith("utf-8"):
        if text.count("\0") > MANY_NULS * len(text):
            raise DataError(
                f"{source} is full of NUL bytes: it is UTF-16, or no text file.",
                hint="Try --encoding utf-16-le.",
            )
        return
    if data.isascii() or not _one_byte(name):
        return
    if _fits(data, "utf-8"):
        raise DataError(
            f"{source} is UTF-8; read as {encoding} its letters would come out garbled.",
            hint="Leave the encoding out.",
        )
    if name == "iso8859-1" and any(0x80 <= byte < 0xA0 for byte in set(data)):  # noqa: PLR2004  # C1 controls
        raise DataError(
            f"{source} holds bytes that are control characters in {encoding}, but quotes, dashes or € in cp1252.",
            hint="Use --encoding cp1252.",
        )


def _undecodable(data: bytes, start: int, source: str, encoding: str) -> DataError:
    newline = b"\n" if b"\n" in data else b"\r"
    line = data.count(newline, 0, start) + 1
    said = f"{source}:{line}: the byte 0x{data[start]:02x} at offset {start} is not {encoding}."
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return DataError(said, hint="The file begins like UTF-16: use --encoding utf-16.")
    likely = next(
        (name for name in ("utf-8", "cp1252") if name != _codec(encoding) and _fits(data, name)), None
    )
    if likely is None:
        return DataError(
            said, hint="Give the encoding the file was saved in (--encoding, or encoding under [data])."
        )
    word = _word(data, start, likely)
    return DataError(
        f'{said} Read as {likely}, the place says "{word}".',
        hint=f"If that is right, use --encoding {likely} (or encoding under [data]). {FOR_NEITHER}",
    )


def _word(data: bytes, start: int, encoding: str) -> str:
    """Return the word around a byte, read in an encoding."""
    before = data[max(0, start - 30) : start].decode(encoding, "ignore")
    after = data[start : start + 30].decode(encoding, "ignore")
    left = before.replace(";", " ").replace(",", " ").split(" ")[-1]
    right = after.replace(";", " ").replace(",", " ").split(" ")[0]
    return (left.split("\n")[-1] + right.split("\r")[0].split("\n")[0]).strip('"')


def _fits(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _one_byte(name: str) -> bool:
    every = bytes(range(256))
    return not name.startswith("utf") and len(every.decode(name, "replace")) == len(every)
