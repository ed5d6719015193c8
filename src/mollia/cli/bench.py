"""What `mollia bench` says where the benchmarks are not installed."""

from __future__ import annotations

import typer

from mollia.errors import MissingExtra

EXAMPLES = {
    "The benchmarks there are": "bench --help",
    "Ten draws of 50 human labels on all recorded panels": "bench fusion --labels 50 --draws 10",
}


def bench(context: typer.Context) -> None:  # noqa: ARG001  # it takes any words, to answer them all alike
    """Repeat our benchmarks; they are in mollia's repository, not here."""
    raise MissingExtra(
        "The benchmarks live in mollia's repository, not in the package that pip installs.",
        hint="Clone mollia's repository, and in it: make setup && .venv/bin/mollia bench --help",
    )
