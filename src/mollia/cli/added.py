"""Commands of other packages, and what `mollia bench` says where the benchmarks are not installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from mollia.errors import MissingExtra
from mollia.registry import find, names

if TYPE_CHECKING:
    from collections.abc import Callable

ANY_WORDS = {"ignore_unknown_options": True, "allow_extra_args": True}


def bench(context: typer.Context) -> None:  # noqa: ARG001  # it takes any words, to answer them all alike
    """Repeat our benchmarks; they live in mollia's repository and are not installed here."""
    raise MissingExtra(
        "The benchmarks live in mollia's repository, not in the package that pip installs.",
        hint="Get them with: git clone (mollia's repository), make setup; then .venv/bin/mollia bench --help",
    )


def add_commands(app: typer.Typer) -> None:
    """Add the commands that other packages register, and `bench` where none does."""
    known = names("command")
    for name in known:
        found: typer.Typer | Callable[..., None] = find("command", name)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name)(found)
    if "bench" not in known:
        app.command(context_settings=ANY_WORDS)(bench)
