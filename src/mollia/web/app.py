"""The web application: its routes, and what each request is checked for."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from mollia.errors import MolliaError
from mollia.ledger.human_table import UNSURE
from mollia.session.recorded_columns import answers_by_llm
from mollia.web import dashboard, media, review_page, seed_page
from mollia.web.desk import Desk
from mollia.web.events import events
from mollia.web.fit import Fitter
from mollia.web.fit_view import fit_view
from mollia.web.forms import NAME, NOTE, named, number_of, posted, text_of
from mollia.web.guard import Guard
from mollia.web.guideline_routes import guideline_routes
from mollia.web.outputs_page import show_outputs
from mollia.web.outputs_routes import outputs_routes
from mollia.web.render import Renderer, read_static, session_of
from mollia.web.review_queues import BY_ID
from mollia.web.rows_routes import rows_routes
from mollia.web.sessions import Session, Sessions

THEN = ("review", "rows", "guideline")  # pages that ask for a name first
GRACE = 1.5  # seconds the first look at the review page waits for the fit


def make_app(desk: Desk, fitter: Fitter, *, port: int, sessions: Sessions) -> Guard:
    """Return the guarded application for an open desk."""
    pages = _Pages(desk, fitter)
    app = Starlette(
        routes=[
            Route("/", pages.seed),
            Route("/label", posted(pages.label), methods=["POST"]),
            Route("/review", pages.review),
            Route("/review", posted(pages.reviewed), methods=["POST"]),
            Route("/review/fit", pages.fit),
            Route("/review/fit", posted(pages.refit), methods=["POST"]),
            Route("/dashboard", pages.dashboard),
            Route("/events", pages.events),
            Route("/alive", pages.alive),
            Route("/name", pages.ask_name),
            Route("/name", posted(pages.set_name), methods=["POST"]),
            Route("/static/{name}", pages.static),
            *rows_routes(desk, fitter, pages.render),
            Route("/media/{row}", pages.media),
            Route("/thumb/{row}", pages.thumb),
            *guideline_routes(desk, fitter, pages.render),
            *outputs_routes(desk, fitter, pages.render),
        ],
        exception_handlers={HTTPException: _refused, MolliaError: _failed},
    )
    return Guard(app, port=port, sessions=sessions)


class _Pages:
    def __init__(self, desk: Desk, fitter: Fitter) -> None:
        self._desk = desk
        self._fitter = fitter
        self.render = Renderer(desk)
        self._static = read_static()

    def static(self, request: Request) -> Response:
        found = self._static.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404, "There is no such file.")
        return found

    def media(self, request: Request) -> Response:
        wanted = request.headers.get("range", "")
        return media.serve(self._desk.pool, self._row(request.path_params["row"]), wanted)

    def thumb(self, request: Request) -> Response:
        return media.serve_small(self._desk.pool, self._row(request.path_params["row"]))

    # --- who labels

    def ask_name(self, request: Request) -> Response:
        return self.render(request, "name.html", then=request.query_params.get("then", ""))

    def set_name(self, request: Request, form: FormData) -> Response:
        name = " ".join(text_of(form, "name", NAME).split())
        if not name:
            raise HTTPException(400, "A name is needed: it is stored with your labels.")
        session_of(request).name = self._desk.person(name)
        then = form.get("then")
        return Response(status_code=204, headers={"HX-Redirect": f"/{then}" if then in THEN else "/"})

    # --- the seed

    def seed(self, request: Request) -> Response:
        session = session_of(request)
        if not session.name:
            return RedirectResponse("/name", status_code=303)
        with self._desk.turn:
            row = None
            if "row" in request.query_params:
                row = self._row(request.query_params["row"])
                if not seed_page.SeedDesk(self._desk).may(row, session.name):
                    raise HTTPException(404, "That row is not in the draw.")
            view = seed_page.show(self._desk, session, row=row)
        return self.render(request, "seed.html", "seed_work.html", seed=view)

    def label(self, request: Request, form: FormData) -> Response:
        session, desk = named(request), self._desk
        do, row, said = text_of(form, "do", 20), None, ""
        with desk.turn:
            if do == "undo":
                row, said = seed_page.undo(desk, session)
            elif do == "more":
                said = seed_page.draw_more(desk)
            elif do != "again":
                said = self._about_row(session_of(request).name, do, form, request)
            view = seed_page.show(desk, session, row=row, said=said)
        return self.render(request, "seed.html", "seed_work.html", seed=view)

    def _about_row(self, who: str, do: str, form: FormData, request: Request) -> str:
        desk, session = self._desk, session_of(request)
        row = self._row(text_of(form, "row", 20))
        if not seed_page.SeedDesk(desk).may(row, who):
            raise HTTPException(404, "That row is not in the draw.")
        if do == "skip":
            return desk.skip(session, seed_page.QUEUE, row)
        y = UNSURE if do == "unsure" else self._class(text_of(form, "y", 20))
        return seed_page.label(desk, session, row, y, text_of(form, "note", NOTE))

    # --- reviewing

    def review(self, request: Request) -> Response:
        session, desk, fitter = session_of(request), self._desk, self._fitter
        if not session.name:
            return RedirectResponse("/name?then=review", status_code=303)
        queue, row = self._queue(request.query_params.get("queue", "useful")), None
        if "row" in request.query_params:
            row = self._row(request.query_params["row"])
            if not review_page.may_label(desk, fitter, session, queue, row):
                raise HTTPException(404, "That row is not in this queue.")
        self._first_fit()
        with desk.turn:
            view = review_page.show(desk, fitter, session, queue, row=row)
        return self.render(request, "review.html", "review_work.html", review=view)

    def reviewed(self, request: Request, form: FormData) -> Response:
        session, desk, fitter = named(request), self._desk, self._fitter
        queue, do, row = self._queue(text_of(form, "queue", 20)), text_of(form, "do", 20), None
        with desk.turn:
            if do == "undo":
                other, row, said = review_page.undo(desk, fitter, session)
                queue = other or ("useful" if queue in {"audit", "conflicts"} and row is not None else queue)
            elif do == "more":
                said = review_page.audit_more(desk, fitter)
            else:
                said = self._about_review(session, queue, do, form)
            view = review_page.show(desk, fitter, session, queue, row=row, said=said)
        return self.render(request, "review.html", "review_work.html", review=view)

    def _about_review(self, session: Session, queue: str, do: str, form: FormData) -> str:
        desk, fitter = self._desk, self._fitter
        row = self._row(text_of(form, "row", 20))
        if not review_page.may_label(desk, fitter, session, queue, row):
            raise HTTPException(404, "That row is not in this queue.")
        if do == "skip":
            return desk.skip(session, queue, row)
        return review_page.label(
            desk,
            fitter,
            session,
            queue,
            row=row,
            y=UNSURE if do == "unsure" else self._class(text_of(form, "y", 20)),
            note=text_of(form, "note", NOTE),
            twins=[self._row(str(written)) for written in form.getlist("twin")],
        )

    def refit(self, request: Request, _form: FormData) -> Response:
        self._fitter.start()
        return self.fit(request)

    def fit(self, request: Request) -> Response:
        """The fit's box; when the first fit is over the whole work is shown."""
        desk, fitter = self._desk, self._fitter
        if not fitter.running and request.query_params.get("first") == "1":
            return Response(status_code=204, headers={"HX-Refresh": "true"})
        n_now = review_page.ReviewDesk(desk, fitter.standing).n_training()
        return self.render(request, "fit.html", fit=fit_view(desk, fitter, n_now))

    def _first_fit(self) -> None:
        """Fit as soon as there is something to fit, without being asked."""
        fitter = self._fitter
        if fitter.standing is None and not fitter.failed and answers_by_llm(self._desk.store):
            fitter.start()
            fitter.wait(GRACE)

    # --- watching

    def dashboard(self, request: Request) -> Response:
        self._first_fit()
        board = dashboard.show(self._desk, self._fitter)
        return self.render(
            request,
            "dashboard.html",
            "dashboard_now.html",
            board=board,
            fitting=self._fitter.running,
            out=show_outputs(self._desk, self._fitter),
        )

    def alive(self, _request: Request) -> Response:
        """Tell an open page that its server is still this one."""
        return Response(status_code=204)

    def events(self, _request: Request) -> Response:
        return events(self._desk, self._fitter)

    def _queue(self, written: str) -> str:
        if written not in BY_ID:
            raise HTTPException(404, "There is no such queue.")
        return written

    def _row(self, written: str) -> int:
        return number_of(written, len(self._desk.pool), "row")

    def _class(self, written: str) -> int:
        return number_of(written, len(self._desk.task.classes), "class")


def _refused(_request: Request, error: Exception) -> Response:
    status, said = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, "")
    return PlainTextResponse(said, status_code=status)


def _failed(_request: Request, error: Exception) -> Response:
    """A MolliaError is shown as it would be in the terminal."""
    return PlainTextResponse(str(error), status_code=409)
