"""Addresses of the guideline's page."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mollia.people.guideline import ENTRY, EVERY, add_entry, remove_entry
from mollia.web.desk import Desk
from mollia.web.fit import Fitter
from mollia.web.forms import NOTE, named, number_of, posted, text_of
from mollia.web.guideline_page import show_guideline
from mollia.web.render import Renderer, session_of


def guideline_routes(desk: Desk, fitter: Fitter, render: Renderer) -> list[Route]:
    """Return the routes of /guideline."""
    pages = _GuidelinePages(desk, fitter, render)
    return [
        Route("/guideline", pages.shown),
        Route("/guideline", posted(pages.changed), methods=["POST"]),
    ]


class _GuidelinePages:
    def __init__(self, desk: Desk, fitter: Fitter, render: Renderer) -> None:
        self._desk = desk
        self._fitter = fitter
        self._render = render

    def shown(self, request: Request) -> Response:
        session = session_of(request)
        if not session.name:
            return RedirectResponse("/name?then=guideline", status_code=303)
        view = show_guideline(self._desk, self._fitter.standing, session)
        return self._render(request, "guideline.html", "guideline_work.html", view=view)

    def changed(self, request: Request, form: FormData) -> Response:
        session, desk = named(request), self._desk
        do, removed = text_of(form, "do", 20), ""
        with desk.turn:
            if do in {"remove", "restore"}:
                key = text_of(form, "key", len(ENTRY) + 40)
                if not remove_entry(desk.store, key, gone=do == "remove"):
                    raise HTTPException(404, "There is no such entry.")
                removed, said = (key, "Removed.") if do == "remove" else ("", "It is back.")
            else:
                said = self._add(form, session.name)
            view = show_guideline(desk, self._fitter.standing, session, removed=removed, said=said)
        return self._render(request, "guideline.html", "guideline_work.html", view=view)

    def _add(self, form: FormData, who: str) -> str:
        desk = self._desk
        why, written, row = text_of(form, "why", NOTE), text_of(form, "class", 20), text_of(form, "row", 20)
        if not why:
            raise HTTPException(400, "Say why: the reason is what the next person needs.")
        class_name = EVERY
        if written:
            class_name = desk.task.class_names[number_of(written, len(desk.task.classes), "class")]
        at = None if not row else number_of(row, len(desk.pool), "row")
        add_entry(
            desk.store,
            class_name=class_name,
            text="" if at is None else desk.pool.texts[at],
            text_id="" if at is None else desk.pool.ids[at],
            why=why,
            by=who,
        )
        return f"Added to the guideline{f' of {class_name}' if class_name else ''}."
