"""Writes docs/commands.md from the command line itself: `make reference`, or with a path to write it elsewhere."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from typer.main import get_command

from mollia.cli.catalogue import GROUPS
from mollia.cli.main import app
from mollia.exit_codes import MEANINGS
from mollia.invocation import program

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"
HEAD = """# The commands

Every command with its arguments and options, written by `make reference` from the command line itself; `mollia COMMAND
--help` says the same. `mollia bench`, which repeats our benchmarks, is in the repository only: [Results](benchmarks.md).
Where a command takes a task file, the folder that holds it will do. Every command speaks to programs too, with `--json` and
`--json-lines`: [For programs](json.md).
"""
WIDEST = 10_000  # no line of a help text is wrapped


def page() -> str:
    """Return the page."""
    commands = get_command(app).commands  # type: ignore[attr-defined]
    parts = [HEAD, "## Exit codes", table(("code", "meaning"), [(str(k), v) for k, v in MEANINGS.items()])]
    for group, listed in GROUPS.items():
        parts.append(f"## {group}")
        for each in listed:
            parts += section(f"mollia {each.name}", commands[each.name], "###")
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def section(name: str, command: Any, level: str) -> list[str]:  # noqa: ANN401  # a click command
    """Return what is said of a command, and of those below it."""
    context = command.context_class(command, info_name=name, terminal_width=WIDEST, max_content_width=WIDEST)
    usage = " ".join(command.get_usage(context).removeprefix("Usage:").split())
    arguments, options = [], []
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record is None or "--help" in parameter.opts:
            continue
        (options if parameter.opts[0].startswith("-") else arguments).append(record)
    parts = [f"{level} `{name}`", f"```text\n{usage}\n```", prose(command.help or "")]
    if arguments:
        parts.append(table(("argument", "meaning"), map(row, arguments)))
    if options:
        parts.append(table(("option", "meaning"), map(row, options)))
    parts.append(examples(command.epilog or ""))
    for below, each in getattr(command, "commands", {}).items():
        parts += section(f"{name} {below}", each, level + "#")
    return parts


def prose(text: str) -> str:
    """Return a help text as Markdown; a paragraph that keeps its lines becomes a block."""
    parts = []
    for part in re.split(r"\n\s*\n", text.strip()):
        kept = part.startswith("\b")
        parts.append(f"```text\n{part.removeprefix(chr(8)).strip()}\n```" if kept else " ".join(part.split()))
    return "\n\n".join(escaped(part) if not part.startswith("```") else part for part in parts)


def row(record: tuple[str, str]) -> tuple[str, str]:
    """Return a parameter's names as code, and what is said of it."""
    names, said = record
    return f"`{names.replace('|', chr(92) + '|')}`", escaped(" ".join(said.split()))


def escaped(text: str) -> str:
    """Return the text without characters that Markdown would read."""
    return re.sub(r"([|<>*_\[\]])", r"\\\1", text)


def table(head: tuple[str, str], rows: Any) -> str:  # noqa: ANN401  # pairs
    """Return a table of two columns."""
    lines = [f"| {a} | {b} |" for a, b in (head, ("---", "---"), *rows)]
    return "\n".join(lines)


def examples(epilog: str) -> str:
    """Return the examples as lines to paste, whatever mollia is called by here."""
    lines = [line.strip() for line in epilog.replace("\b", "").splitlines()]
    shown = [
        line.replace(program(), "mollia", 1) if line.startswith(program()) else f"# {line.rstrip(':')}"
        for line in lines
        if line and line != "Examples:"
    ]
    return "```sh\n" + "\n".join(shown) + "\n```" if shown else ""


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else PAGE).write_text(page(), "utf-8")
