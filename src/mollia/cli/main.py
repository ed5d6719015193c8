"""The `mollia` command: one file per sub-command, one place for errors."""

from __future__ import annotations

import sys

import typer

import mollia
from mollia.cli.group import LazyGroup
from mollia.errors import MolliaError

app = typer.Typer(
    name="mollia",
    cls=LazyGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
