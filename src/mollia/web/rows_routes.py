"""Addresses of the page on which any row is found and changed."""

from __future__ import annotations

from dataclasses import fields

from starlette.datastructures import FormData, QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mollia.ledger.human_table import UNSURE
from mollia.web import edit
from mollia.web.browse import LONGEST, ORDERS, SOURCES, SPLITS, Query
from mollia.web.desk import Desk
from mollia.web.fit import Fitter
from mollia.web.forms import NAME, NOTE, named, number_of, posted, text_of
from mollia.web.render import Renderer, session_of
from mollia.web.rows_page import CHOICES, near_ids, show_row, show_rows
from mollia.web.undo import undo_edit

PERCENT = 100
ALLOWED = {"source": SOURCES, "split": SPLITS, "order": ORDERS}
MOST_PAGES = 10**7


def rows_routes(desk: Desk, fitter: Fitter, render: Renderer) -> list[Route]:
    """Return the routes under /rows."""
    pages = _RowPages(desk, fitter, render)
    return [
        Route("/rows", pages.rows),
        Route("/rows/row", pages.row),
        Route("/rows/row", posted(pages.changed), methods=["POST"]),
    ]


class _RowPages:
    def __init__(self, desk: Desk, fitter: Fitter, render: Renderer) -> None:
        self._desk = desk
        self._fitter = fitter
        self._render = render

    def rows(self, request: Request) -> Response:
        session, asked = session_of(request), request.query_params
        if not session.name:
            return RedirectResponse("/name?then=rows", status_code=303)
        wanted, said = asked.get("id", "").strip(), ""
        if wanted:
            if wanted in self._desk.position:
                return RedirectResponse(f"/rows/row?row={self._desk.position[wanted]}", status_code=303)
            said = near_ids(self._desk, wanted[:LONGEST])
        page = number_of(asked.get("page", "0"), MOST_PAGES, "page")
        with self._desk.turn:
            view = show_rows(
                self._desk, self._fitter.standing, session, self._query(asked), page=page, said=said
            )
        return self._render(request, "rows.html", view=view, choices=CHOICES, wanted=wanted)

    def row(self, request: Request) -> Response:
        session, asked = session_of(request), request.query_params
        if not session.name:
            return RedirectResponse("/name?then=rows", status_code=303)
        row = number_of(asked.get("row", ""), len(self._desk.pool), "row")
        with self._desk.turn:
            view = show_row(self._desk, self._fitter.standing, session, self._query(asked), row=row)
        return self._render(request, "row.html", "row_work.html", view=view)

    def changed(self, request: Request, form: FormData) -> Response:
        session, desk, standing = named(request), self._desk, self._fitter.standing
        row = number_of(text_of(form, "row", 20), len(desk.pool), "row")
        do, note = text_of(form, "do", 20), text_of(form, "note", NOTE)
        with desk.turn:
            if do == "undo":
                undone, said = undo_edit(desk, session)
                row = row if undone is None else undone
            elif do == "back":
                said = edit.take_back(desk, session, row)
            else:
                n = len(desk.task.classes)
                y = UNSURE if do == "unsure" else number_of(text_of(form, "y", 20), n, "class")
                said = edit.change(desk, standing, session, row, y=y, note=note)
            query = self._query(QueryParams(text_of(form, "query", 2000)))
            view = show_row(desk, standing, session, query, row=row, said=said)
        return self._render(request, "row.html", "row_work.html", view=view)

    def _query(self, asked: QueryParams) -> Query:
        """Return what is looked for, each part checked."""
        found = {each.name: asked.get(each.name, "").strip() for each in fields(Query)}
        if len(found["q"]) > LONGEST or len(found["who"]) > NAME + len("settled by "):
            raise HTTPException(400, f"A search may have {LONGEST} characters.")
        for name, allowed in ALLOWED.items():
            if found[name] and found[name] not in allowed:
                raise HTTPException(400, f"There is no such {name}.")
        if found["label"]:
            number_of(found["label"], len(self._desk.task.classes), "class")
        for name in ("low", "high"):
            if found[name]:
                number_of(found[name], PERCENT + 1, "confidence")
        return Query(**found)
