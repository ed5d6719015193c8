"""Templates and static files, read once at the start: no request reads the disk."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files

import jinja2
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from mollia.invocation import command
from mollia.report.numbers import percent
from mollia.web.desk import Desk
from mollia.web.media import fields_of, medium_of
from mollia.web.sessions import Session

KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain"}


CALLED = {"text": "text", "image": "image", "audio": "recording", "nothing": "row"}  # what a row holds


@dataclass(frozen=True, slots=True)
class PageName:
    """An entry of the page's navigation."""

    path: str
    name: str


PAGES = (
    PageName("/", "Label"),
    PageName("/review", "Review"),
    PageName("/rows", "Rows"),
    PageName("/guideline", "Guideline"),
    PageName("/dashboard", "Dashboard"),
)


def read_templates() -> jinja2.Environment:
    """Return the templates; everything put into them is escaped."""
    folder = files(__package__) / "templates"
    texts = {each.name: each.read_text("utf-8") for each in folder.iterdir() if each.name.endswith(".html")}
    made = jinja2.Environment(
        loader=jinja2.DictLoader(texts),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["breakable"] = breakable
    made.globals["command"] = command
    made.filters["percent"] = lambda share: percent(share, 0)
    made.filters["sentence"] = lambda said: said[:1].upper() + said[1:].rstrip(".") + "."
    return made


def breakable(name: str) -> Markup:
    """Return a name, escaped, that may be broken where its words join."""
    return Markup(re.sub(r"([_/.-])(?=\w)", r"\1<wbr>", str(escape(name))))  # noqa: S704  # escaped before


def read_static() -> dict[str, Response]:
    """Return the answers to /static/<name>, by name."""
    folder = files(__package__) / "static"
    return {
        each.name: Response(each.read_bytes(), media_type=KINDS[ending])
        for each in folder.iterdir()
        if (ending := "." + each.name.rpartition(".")[2]) in KINDS
    }


class Renderer:
    """Answers with a whole page, or with its working part where htmx asks for that."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._templates = read_templates()
        pool, columns = desk.pool, len(desk.task.data.columns)
        self._templates.globals.update(
            called=CALLED[pool.content],
            medium_of=lambda row: medium_of(pool, row),
            link_of=lambda row: pool.texts[row],
            fields_of=lambda row: fields_of(pool, row, columns),
        )

    def __call__(self, request: Request, page: str, part: str | None = None, **context: object) -> Response:
        """Fill the template `page`, or `part` when htmx asks."""
        asked = part if part is not None and request.headers.get("HX-Request") == "true" else page
        text = self._templates.get_template(asked).render(
            task=self._desk.task,
            classes=self._desk.classes,
            pages=PAGES,
            here=request.url.path,
            session=session_of(request),
            **context,
        )
        return HTMLResponse(text)


def session_of(request: Request) -> Session:
    """Return who asks, as the guard found."""
    session: Session = request.scope["session"]
    return session
