"""The text of a token, in whatever form a server writes it."""

from __future__ import annotations

from collections.abc import Sequence

DECODED = "decoded"
BYTE_LEVEL = "byte-level"


def _byte_signs() -> dict[str, int]:
    """The printable stand-ins byte-level vocabularies (GPT-2 and its heirs) use for bytes."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in plain]
    return {chr(b): b for b in plain} | {chr(256 + i): b for i, b in enumerate(others)}


_BYTES = _byte_signs()
_SURE_SIGNS = "\u0120\u010a\u0109"  # blank, newline and tab as a byte-level vocabulary writes them
_PIECE_BLANK = "\u2581"  # the blank of SentencePiece


def token_form(tokens: Sequence[str]) -> str:
    """Tell whether a server writes tokens `DECODED` or `BYTE_LEVEL` ("ĠWorld" for " World")."""
    marked = [token for token in tokens if token.startswith(tuple(_SURE_SIGNS))]
    byte_level = marked and all(all(sign in _BYTES for sign in token) for token in tokens)
    return BYTE_LEVEL if byte_level else DECODED


def token_text(token: str, form: str = DECODED) -> str:
    """Return a token as text: byte-level signs decoded, SentencePiece's blank a blank."""
    if form == BYTE_LEVEL and all(sign in _BYTES for sign in token):
        return bytes(_BYTES[sign] for sign in token).decode(errors="replace")
    return token.replace(_PIECE_BLANK, " ")
