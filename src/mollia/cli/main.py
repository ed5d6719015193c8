"""The `mollia` command: one file per sub-command, one place for errors."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import typer

import mollia
from mollia.cli.group import LazyGroup
from mollia.cli.output import of_system
from mollia.errors import MolliaError
from mollia.exit_codes import WRONG_INPUT

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
    """Run the command line; what is wrong becomes two lines on stderr and an exit code."""
    try:
        app()
    except MolliaError as error:
        _end(str(error.args[0]), error.hint, error.exit_code)
    except OSError as error:  # a place that no part of mollia looked at before it used it
        # It may be what is printed that cannot be written: Python would try again at its end.
        if error.filename is None:
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  # it stays open
        _end(*of_system(error), WRONG_INPUT)


def _end(message: str, hint: str, code: int) -> NoReturn:
    typer.echo(f"mollia: {message}", err=True)
    if hint:
        typer.echo(hint, err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
