"""`mollia serve task.toml`: the local page for labelling, review and watching a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mollia.cli.output import current

PORT = 8777
EXAMPLES = {
    "Open the page of a task": "serve task.toml",
    "Label 100 rows, 20 of them by everyone; print the address only": "serve task.toml --goal 100 --overlap 20 --no-browser",
}


def serve(  # noqa: PLR0917  # typer's options
    task: Annotated[Path, typer.Argument(help="The task file.", metavar="TASK.TOML")],
    port: Annotated[
        int, typer.Option("--port", help="The port; 0 takes any free one.", min=0, max=65535)
    ] = PORT,
    goal: Annotated[int, typer.Option("--goal", help="Rows of the seed's draw.", min=1)] = 50,
    overlap: Annotated[
        int,
        typer.Option("--overlap", help="Rows of the draw that everyone labels, to measure agreement.", min=0),
    ] = 0,
    strategy: Annotated[
        str | None,
        typer.Option(
            help="How the seed's rows are drawn: doubt, those the panel is unsure of more often, each with a known "
            "chance; or random.",
            show_default="doubt",
        ),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(
            "--token-file",
            help="A file for the secret behind the start address, made where there is none: tasks that are given the same "
            "file and port have the same address.",
            show_default="page.secret in the run's folder",
        ),
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
) -> None:
    """Label and review in the browser, on this machine only.

    The page has the seed's rows, the rows worth a second look, and a view of the run.
    """
    import webbrowser  # noqa: PLC0415  # keeps --help fast

    from mollia.task.load import load_task  # noqa: PLC0415  # the same
    from mollia.web import server  # noqa: PLC0415  # the same
    from mollia.web.heaps import few_heaps  # noqa: PLC0415  # the same
    from mollia.web.opening import open_desk  # noqa: PLC0415  # the same
    from mollia.web.sessions import secret_in  # noqa: PLC0415  # the same

    said = current()

    def announce(url: str) -> None:
        said.give(url=url)
        said.event("address", url=url)
        said.say(
            f"Open {url}",
            "Everything stays on this machine; labels are saved as you give them. Stop with Ctrl+C.",
        )
        if not no_browser:
            webbrowser.open(url)

    few_heaps()
    loaded = load_task(task)
    secret = None if token_file is None else secret_in(token_file)
    with (
        server.listen(port) as bound,
        open_desk(loaded, goal=goal, overlap=overlap, strategy=strategy) as (desk, fitter),
    ):
        server.serve(desk, fitter, bound, announce, secret=secret)
