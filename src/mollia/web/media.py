"""Images and sound of the task's rows, as the pages get them: by the row's number, never by a path."""

from __future__ import annotations

import re
from typing import Literal

from starlette.exceptions import HTTPException
from starlette.responses import Response

from mollia.content import content_bytes, media_type, on_the_web
from mollia.errors import DataError
from mollia.images import thumbnail
from mollia.records import Pool

RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
Medium = Literal["", "image", "audio", "link"]  # "link": an address on the web, which the page only names


def medium_of(pool: Pool, row: int) -> Medium:
    """Return how a row is shown beside its text; "" where it holds none, or no file."""
    reference = pool.texts[row]
    if pool.content not in {"image", "audio"} or not reference.strip():
        return ""
    if on_the_web(reference):
        return "link"
    return "image" if pool.content == "image" else "audio"


def serve(pool: Pool, row: int, wanted: str = "") -> Response:
    """Return the bytes of a row's image or sound, with the type that the bytes themselves tell.

    `wanted` is the request's header Range: without an answer to it a browser cannot go to another place of a sound.

    Raises
    ------
    HTTPException
        404 where the row has none, or the file is gone, has changed or is of another type.
    """
    medium = medium_of(pool, row)
    if medium not in {"image", "audio"}:
        raise HTTPException(404, "This row has no file.")
    try:
        data = content_bytes(pool.texts[row])
    except DataError as error:
        raise HTTPException(404, f"{pool.shown[row]}: the file is gone or has changed.") from error
    kind = media_type(data) or ""
    if not kind.startswith(f"{medium}/"):
        raise HTTPException(404, f"{pool.shown[row]} is not of a type that is shown.")
    return _part(data, kind, wanted)


def serve_small(pool: Pool, row: int) -> Response:
    """Return a small copy of a row's image, for lists: a photo's own file has thousands of times the pixels.

    Raises
    ------
    HTTPException
        404 where the row has no image, or the file is gone or has changed.
    """
    if medium_of(pool, row) != "image":
        raise HTTPException(404, "This row has no image.")
    try:
        small = thumbnail(pool.texts[row])
    except DataError as error:
        raise HTTPException(404, f"{pool.shown[row]}: the file is gone or has changed.") from error
    data = content_bytes(small)
    return Response(data, media_type=media_type(data))


def _part(data: bytes, kind: str, wanted: str) -> Response:
    """Return the bytes, or the one range of them that is wanted (RFC 9110, section 14); anything else gets them all."""
    headers = {"Accept-Ranges": "bytes"}
    found = RANGE.fullmatch(wanted.strip())
    first, last = found.groups() if found else ("", "")
    start = int(first) if first else max(0, len(data) - int(last or 0))
    stop = min(len(data), int(last) + 1) if first and last else len(data)
    if not (first or last) or (first and last and int(last) < int(first)):
        return Response(data, media_type=kind, headers=headers)
    if start >= len(data):
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{len(data)}"})
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
    return Response(data[start:stop], status_code=206, media_type=kind, headers=headers)


def fields_of(pool: Pool, row: int, columns: int) -> list[tuple[str, str]]:
    """Return the names and values of a table row's text; [] where rows are not made of columns."""
    if not columns:
        return []
    parts = (line.partition(": ") for line in pool.texts[row].splitlines())
    return [(name, value) for name, _, value in parts]
