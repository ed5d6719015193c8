"""The `mollia` command: one file a sub-command, one place for errors."""

from __future__ import annotations

import sys

import typer

import mollia
from mollia.cli.added import add_commands
from mollia.cli.annotate import annotate
from mollia.cli.compare import compare
from mollia.cli.demo import demo
from mollia.cli.doctor import doctor
from mollia.cli.export import export
from mollia.cli.fuse import fuse
from mollia.cli.import_ import import_
from mollia.cli.init import init
from mollia.cli.ledger import ledger
from mollia.cli.panel import panel
from mollia.cli.plan import plan
from mollia.cli.predict import predict
from mollia.cli.report import report
from mollia.cli.run import run
from mollia.cli.seed import seed
from mollia.cli.serve import serve
from mollia.errors import MolliaError

app = typer.Typer(
    name="mollia",
    help="Label text with a panel of LLMs and a few dozen human labels.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    demo,
    init,
    doctor,
    plan,
    annotate,
    seed,
    fuse,
    run,
    serve,
    predict,
    compare,
    report,
    panel,
    export,
    ledger,
):
    app.command()(command)
app.command("import")(import_)
add_commands(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mollia {mollia.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    """Label text with a panel of LLMs and a few dozen human labels."""


def main() -> None:
    """Run the command line; a MolliaError becomes two lines on stderr and its exit code."""
    try:
        app()
    except MolliaError as error:
        message, hint = str(error.args[0]), error.hint
        typer.echo(f"mollia: {message}", err=True)
        if hint:
            typer.echo(hint, err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
