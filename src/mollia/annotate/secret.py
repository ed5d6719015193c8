"""Keys: how one is read, and how every form of it is kept out of what is written."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from mollia.errors import AnswerRefused

HIDDEN = "[key]"
LEAST = 4  # letters of a form that is looked for; shorter ones would take words apart
_SCHEME = re.compile(r"(?:bearer|basic|token)\b|authorization\s*:|[A-Za-z_]\w*=(?!$)", re.IGNORECASE)
_QUOTES = "\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb\u2039\u203a"


def read_key(name: str | None, llm: str) -> str:
    """Return the key in an environment variable, "" where none is named.

    Raises
    ------
    AnswerRefused
        When there is none, or when what is there cannot be a key; the key itself is not said.
    """
    if name is None:
        return ""
    key = os.environ.get(name, "").strip()
    if not key:
        raise AnswerRefused(
            f"{llm}: the environment variable {name} with the key is not set.",
            hint=f"Set it: export {name}=...",
        )
    if wrong := _wrong(key):
        raise AnswerRefused(
            f"{llm}: the key in the environment variable {name} {wrong}.",
            hint=f"Copy the key alone, as the provider shows it: export {name}=...",
        )
    return key


def _wrong(key: str) -> str:
    """Say what no key holds, "" where nothing is wrong."""
    if _SCHEME.match(key):
        return 'begins with a word such as "Bearer", which mollia adds itself'
    if any(sign in _QUOTES for sign in key):
        return "has quotes in it"
    if any(ord(sign) < 0x20 or ord(sign) == 0x7F for sign in key):  # noqa: PLR2004  # control signs
        return "has a line break or a tab in it"
    if any(sign.isspace() for sign in key):
        return "has blanks in it"
    return "" if key.isascii() else "has signs in it that are not ASCII (a dash or letter of another script)"


class Secrets:
    """What must not be written, in every form in which a server may send it back."""

    def __init__(self, key: str, urls: Iterable[str]) -> None:
        secrets = {key, *(each for url in urls for each in _in_url(url))} - {""}
        forms = {form for secret in secrets for form in _forms(secret)}
        self._forms = sorted((form for form in forms if len(form) >= LEAST), key=len, reverse=True)

    def __repr__(self) -> str:
        return f"Secrets({len(self._forms)} forms)"

    def without(self, text: str) -> str:
        """Return a text with every form of a secret hidden."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, HIDDEN)
        return text


def _in_url(url: str) -> list[str]:
    """Return password and query values of an address, which may be keys."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return []
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    login = [password, f"{user}:{password}"] if password else [user]
    return [*login, *(value for _, value in parse_qsl(parts.query))]


def _forms(secret: str) -> set[str]:
    raw = secret.encode(errors="surrogatepass")
    packed = {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
    return {
        *packed,
        *(each.rstrip("=") for each in packed),
        secret,
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        quote(secret, safe=""),
        quote_plus(secret),
        raw.hex(),
    }
