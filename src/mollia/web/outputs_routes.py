"""Addresses of the run's outputs: start or stop a run, accept labels together, download files."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from mollia.data.cells import marked
from mollia.ledger.human_table import UNSURE
from mollia.people.accepted import accept, accept_nothing
from mollia.people.guideline import as_markdown, entries
from mollia.web.desk import USES, Desk
from mollia.web.fit import Fitter
from mollia.web.forms import named, posted, text_of
from mollia.web.outputs_page import FILES, GUIDELINE, PEOPLE, TARGETS, promised, show_outputs
from mollia.web.render import Renderer

COLUMNS = ("id", "label", "use", "who", "when", "note", "chance", "batch", "batch_size")


def outputs_routes(desk: Desk, fitter: Fitter, render: Renderer) -> list[Route]:
    """Return the routes under /outputs."""
    pages = _OutputPages(desk, fitter, render)
    return [
        Route("/outputs", pages.shown),
        Route("/outputs", posted(pages.changed), methods=["POST"]),
        Route("/outputs/{name}", pages.download),
    ]


class _OutputPages:
    def __init__(self, desk: Desk, fitter: Fitter, render: Renderer) -> None:
        self._desk = desk
        self._fitter = fitter
        self._render = render

    def shown(self, request: Request) -> Response:
        return self._render(request, "outputs.html", out=show_outputs(self._desk, self._fitter))

    def changed(self, request: Request, form: FormData) -> Response:
        session, desk, do = named(request), self._desk, text_of(form, "do", 20)
        with desk.turn:
            if do in {"run", "report"}:
                started = desk.jobs.start("run" if do == "run" else "report")
                said = "Started." if started else "Something is going on already."
            elif do == "stop":
                desk.jobs.stop()
                said = "Stopping; what was answered is kept."
            elif do == "nothing":
                accept_nothing(desk.store)
                said = "Nothing is accepted together any more."
            else:
                said = self._accept(text_of(form, "target", 10), session.name)
            view = show_outputs(desk, self._fitter, said=said)
        return self._render(request, "outputs.html", out=view)

    def _accept(self, written: str, who: str) -> str:
        standing = self._fitter.standing
        target = next((each for each in TARGETS if f"{each:g}" == written), None)
        if target is None or standing is None:
            raise HTTPException(400, "There is no such target.")
        found = promised(standing, target)
        if found.accepted is None or not found.accepted.rows.any():
            raise HTTPException(409, f"Nothing can be accepted: {found.accepted or found.why}.")
        accept(self._desk.store, target, who)
        return f"{int(found.accepted.rows.sum())} labels are accepted together."

    def download(self, request: Request) -> Response:
        name, desk = request.path_params["name"], self._desk
        if name in FILES:
            path = desk.task.run.out / name
            if not path.is_file():
                raise HTTPException(404, "It has not been written yet.")
            return FileResponse(path, filename=f"{desk.task.run.out.name}-{name}")
        if name == PEOPLE:
            return _attachment(_people(desk), "text/csv", name)
        if name == GUIDELINE:
            return _attachment(iter([as_markdown(desk.task, entries(desk.store))]), "text/markdown", name)
        raise HTTPException(404, "There is no such file.")


def _attachment(parts: Iterator[str], kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(parts, media_type=kind, headers=headers)


def _people(desk: Desk) -> Iterator[str]:
    """Yield the lines of a CSV file with each person's newest word on each row; no cell begins a formula."""
    yield _line(COLUMNS)
    for use in USES:
        for each in desk.store.said(use):
            label = "" if each.y == UNSURE else desk.task.class_names[each.y]
            when = time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(each.at))
            drawn = ("" if each.chance != each.chance else each.chance, each.batch or "", each.size or "")
            yield _line((each.text_id, label, use, each.annotator or "seed file", when, each.note, *drawn))


def _line(cells: tuple[object, ...]) -> str:
    held = io.StringIO()
    csv.writer(held).writerow([marked(cell) if isinstance(cell, str) else cell for cell in cells])
    return held.getvalue()
